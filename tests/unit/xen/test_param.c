#include "suites.h"
TCase *param_tests(void)
{
    return tcase_create("param");
}
