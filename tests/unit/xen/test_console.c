#include "suites.h"
TCase *console_tests(void)
{
    return tcase_create("console");
}
