// SPDX-License-Identifier: Apache-2.0

// Starts a server and keeps it until standard input ends, for tests that kill
// it. Arguments: the cache directory, the parent of the data directory, and
// where PostgreSQL's programs are.

#include <unistd.h>

#include <iostream>

#include "dsql/postgres/server.h"

int main(int argc, char** argv) {
  dsql::postgres::ServerOptions options;
  if (argc > 1) options.template_options.cache_directory = argv[1];
  if (argc > 2) options.data_directory.parent = argv[2];
  if (argc > 3) options.binaries.bin_dir = argv[3];
  auto server = dsql::postgres::PostgresServer::Start(options);
  if (!server.ok()) {
    std::cout << server.status() << std::endl;
    return 1;
  }
  std::cout << "ok\n"
            << (*server)->directory() << "\n"
            << (*server)->pid() << "\n"
            << (*server)->socket_directory() << std::endl;
  char c;
  while (read(0, &c, 1) > 0) {
  }
  return 0;
}
