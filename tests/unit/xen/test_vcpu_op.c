#include "suites.h"
TCase *vcpu_op_tests(void)
{
    return tcase_create("vcpu_op");
}
