/* An empty program: that a floor links into it shows that the floor calls nothing above itself. */
int main(void)
{
    return 0;
}
