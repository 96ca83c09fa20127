// SPDX-License-Identifier: Apache-2.0

// libpq's header, wherever the installation has it: Debian's libpq-dev in
// postgresql/, pkg-config's include path and libraries built from source right
// there. To be included in the place of either.

#ifndef DSQL_POSTGRES_LIBPQ_H_
#define DSQL_POSTGRES_LIBPQ_H_

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>  // IWYU pragma: export
#else
#include <postgresql/libpq-fe.h>  // IWYU pragma: export
#endif

#endif  // DSQL_POSTGRES_LIBPQ_H_
