#include <base/failpoint.h>

#ifdef TRANCHED_FAILPOINTS
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAILPOINT_NAME(name) #name,
static const char *const NAMES[] = { FAILPOINTS(FAILPOINT_NAME) };

/* Of the process: how often each place was reached since it was armed. */
static unsigned reached[FAILPOINT_COUNT];

static const char *test_path(const char *name)
{
    static char path[512];
    const char *dir = getenv("TRANCHED_TEST_DIR");

    if (!dir || snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return NULL;
    return path;
}

const char *failpoint_path(const char *name, const char *path)
{
    const char *other = test_path(name);

    return other && access(other, R_OK) == 0 ? other : path;
}

static void note_visit(enum failpoint place)
{
    const char *path = test_path("visited");
    char line[64];
    int length = snprintf(line, sizeof line, "%s\n", NAMES[place]);
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;

    if (fd < 0)
        return;
    if (write(fd, line, (size_t)length) != length)
        abort();
    close(fd);
}

/* The suite sees "stopping" until somebody lets the process go on, or it is dead: never nothing
 * armed while what it armed is still to come. */
static void end_here(int signal)
{
    close(open(test_path("stopping"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    unlink(test_path("armed"));
    raise(signal);
    unlink(test_path("stopping"));
}

static void act(const char *action)
{
    if (!strcmp(action, "stop"))
        return end_here(SIGSTOP);
    if (!strcmp(action, "kill"))
        return end_here(SIGKILL);
    unlink(test_path("armed"));
    if (!strcmp(action, "slow"))
        usleep(300000);
    else
        abort();
}

void failpoint_reached(enum failpoint place)
{
    const char *path = test_path("armed");
    char name[64] = "", action[16] = "";
    unsigned nth = 1;
    FILE *f;

    if (!path)
        return;
    note_visit(place);
    f = fopen(test_path("armed"), "re");
    if (!f || fscanf(f, "%63s %u %15s", name, &nth, action) != 3)
        name[0] = '\0';
    if (f)
        (void)fclose(f);
    if (!strcmp(name, NAMES[place]) && ++reached[place] >= nth) {
        reached[place] = 0;
        act(action);
    }
}
#else
/* An empty file is no C. */
typedef int failpoint_none;
#endif
