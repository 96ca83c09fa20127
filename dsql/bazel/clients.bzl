"""The C++ clients of PostgreSQL that testing/clients/libraries tries, as Bazel repositories.

None is needed to build or to use FakeDsql. Where one is not installed, its test
skips and says which packages are missing (client_test.bzl there).
"""

load("//dsql/bazel:installed.bzl", "optional_library")

# name -> (a header that must be there, Debian packages, folders of headers
# below include/, linkopts)
_CLIENTS = {
    "libpqxx": ("pqxx/pqxx", ["libpqxx-dev"], [], ["-lpqxx", "-lpq"]),
    "soci": (
        "soci/postgresql/soci-postgresql.h",
        ["libsoci-dev"],
        ["soci", "postgresql"],
        ["-lsoci_postgresql", "-lsoci_core", "-lpq"],
    ),
    "qt": (
        "*/qt5/QtSql/QSqlDatabase",
        ["qtbase5-dev", "libqt5sql5-psql"],
        ["*/qt5"],
        ["-lQt5Sql", "-lQt5Core"],
    ),
    "poco": (
        "Poco/Data/PostgreSQL/Connector.h",
        ["libpoco-dev"],
        ["postgresql"],
        ["-lPocoDataPostgreSQL", "-lPocoData", "-lPocoFoundation"],
    ),
    "unixodbc": ("sql.h", ["unixodbc-dev", "odbc-postgresql"], [], ["-lodbc"]),
    "libdbi": ("dbi/dbi.h", ["libdbi-dev", "libdbd-pgsql"], [], ["-ldbi"]),
    "ecpg": (
        "postgresql/ecpglib.h",
        ["libecpg-dev"],
        ["postgresql"],
        ["-lecpg", "-lpgtypes"],
    ),
}

def dsql_client_deps():
    """Defines the repositories of the clients, for the WORKSPACE of FakeDsql itself."""
    for name, (header, packages, includes, linkopts) in _CLIENTS.items():
        optional_library(
            name = name,
            header = header,
            debian_packages = packages,
            includes = includes,
            linkopts = linkopts,
        )
