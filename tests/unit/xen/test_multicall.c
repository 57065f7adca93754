#include "suites.h"
TCase *multicall_tests(void)
{
    return tcase_create("multicall");
}
