// SPDX-License-Identifier: Apache-2.0

/* C with embedded SQL, as ecpg compiles it: accounts of one connection.
 *
 * Each function returns the SQLSTATE of its last statement: "00000", "02000"
 * where there was no row. */

#ifndef TESTING_CLIENTS_LIBRARIES_ECPG_CLIENT_H_
#define TESTING_CLIENTS_LIBRARIES_ECPG_CLIENT_H_

#ifdef __cplusplus
extern "C" {
#endif

/* `target` is tcp:postgresql://HOST:PORT/DATABASE?OPTIONS. */
const char* EcpgConnect(const char* target, const char* user,
                        const char* password);
const char* EcpgDisconnect(void);
/* The text of the last statement's error. */
const char* EcpgMessage(void);

/* A statement without parameters, EXECUTE IMMEDIATE. */
const char* EcpgRun(const char* sql);
const char* EcpgCommit(void);
const char* EcpgRollback(void);

/* Without a name it is NULL. */
const char* EcpgInsert(int id, const char* name, long long cents);
/* `name` has room for 50 bytes; "NULL" where it is NULL. */
const char* EcpgFind(int id, char* name, long long* cents);
/* All ids; room for 10. */
const char* EcpgIds(int* ids, long* count);

/* PREPARE, EXECUTE with a parameter, and DEALLOCATE. */
const char* EcpgPrepare(void);
const char* EcpgExecutePrepared(int id);
const char* EcpgDeallocate(void);

/* OPEN of a cursor. */
const char* EcpgOpenCursor(void);

#ifdef __cplusplus
}
#endif

#endif /* TESTING_CLIENTS_LIBRARIES_ECPG_CLIENT_H_ */
