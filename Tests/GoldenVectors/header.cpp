// That C++ takes the header as it is: this file is only compiled.
#include "cvqkd_unit.h"

static_assert(sizeof(cvqkd_status) == CVQKD_STATUS_BLOCK_LENGTH, "the block of Status");
