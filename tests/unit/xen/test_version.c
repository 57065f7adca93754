#include "suites.h"
TCase *version_tests(void)
{
    return tcase_create("version");
}
