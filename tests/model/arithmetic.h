/* What the arithmetic that pays stands on, for its proof: see test_proof.py. */
#include <stdbool.h>
#include <stdint.h>

struct cents {
    int64_t v;
};
struct share {
    int32_t e4;
};
static const struct share SHARE_WHOLE = { 1000000 };

enum { MONEY_E_RANGE = 1 };

/*@ logic integer feb(integer y) = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0 ? 29 : 28;
    logic integer len(integer y, integer m) =
      m == 2 ? feb(y) : m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31; */
