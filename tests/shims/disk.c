/* A bad disk, for the tests: preloaded into a program, it counts the calls that change one folder, fails or kills at the
 * one it is told, and keeps beside the folder what a loss of power would take. What it keeps is read by
 * `reliability/disk/power.rs`.
 *
 * KOSSORI_SHIM_FOLDER  the folder, as the kernel spells it; nothing else is looked at
 * KOSSORI_SHIM_BESIDE  a folder on the same file system: `counts`, `log`, and what was unlinked, by its inode
 * KOSSORI_SHIM_FAIL    KIND:N:ERRNO:once | on | short     the N-th of this kind, from 1, fails; all from then on
 * KOSSORI_SHIM_KILL    KIND:N:before | half | after       the process is killed at it; `half` of a write is done
 * KOSSORI_SHIM_POWER   if set, the log is kept
 * KOSSORI_SHIM_MACHINE a file that is read for /etc/machine-id
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { OPEN, WRITE, SYNC, NAME, TRUNCATE, ANY, FULL, FIRED, KINDS };
static const char *const kinds[] = {"open", "write", "sync", "name", "truncate", "any", "full"};

enum how { PASS, ERROR, SHORT, BEFORE, HALF, AFTER };
struct order {
    int kind;
    uint64_t nth;
    int error;
    int on;
    enum how how;
};

static const char *folder, *beside;
static size_t folder_length;
static volatile uint64_t *counts;
static int log_fd = -1;
static struct order fail = {.kind = -1}, end = {.kind = -1};
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static void read_order(const char *text, struct order *order) {
    char kind[16], how[16];
    unsigned long long nth;
    int error = 0;
    if (!text) return;
    if (order == &fail ? sscanf(text, "%15[a-z]:%llu:%d:%15[a-z]", kind, &nth, &error, how) != 4
                       : sscanf(text, "%15[a-z]:%llu:%15[a-z]", kind, &nth, how) != 3) {
        fprintf(stderr, "shim: not an order: %s\n", text);
        abort();
    }
    for (int k = 0; k < FIRED; k++)
        if (!strcmp(kind, kinds[k])) order->kind = k;
    order->nth = nth;
    order->error = error;
    order->on = !strcmp(how, "on");
    order->how = !strcmp(how, "short")    ? SHORT
                 : !strcmp(how, "before") ? BEFORE
                 : !strcmp(how, "half")   ? HALF
                 : !strcmp(how, "after")  ? AFTER
                                          : ERROR;
}

__attribute__((constructor)) static void begin(void) {
    char path[PATH_MAX];
    const char *given = getenv("KOSSORI_SHIM_FOLDER");
    beside = getenv("KOSSORI_SHIM_BESIDE");
    if (!given || !beside) return;
    snprintf(path, sizeof path, "%s/counts", beside);
    int fd = REAL(open)(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || REAL(ftruncate)(fd, KINDS * sizeof *counts)) abort();
    counts = mmap(NULL, KINDS * sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (counts == MAP_FAILED) abort();
    close(fd);
    if (getenv("KOSSORI_SHIM_POWER")) {
        snprintf(path, sizeof path, "%s/log", beside);
        log_fd = REAL(open)(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (log_fd < 0) abort();
    }
    read_order(getenv("KOSSORI_SHIM_FAIL"), &fail);
    read_order(getenv("KOSSORI_SHIM_KILL"), &end);
    folder = given;
    folder_length = strlen(folder);
}

static int is_inside(const char *path) {
    return folder && path && !strncmp(path, folder, folder_length) &&
           (path[folder_length] == '/' || !path[folder_length]);
}

static int is_inside_fd(int fd, char path[PATH_MAX]) {
    char link[64];
    if (!folder) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_inside(path);
}

/* Shared memory of the database's connections: no power loss leaves any of it. */
static int is_kept(const char *path) {
    return log_fd >= 0 && !strstr(path, "-shm");
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static enum how decide(const struct order *order, int kind, int takes_room) {
    if (order->kind < 0) return PASS;
    int meant = order->kind == kind || order->kind == ANY || (order->kind == FULL && takes_room);
    uint64_t seen = counts[order->kind];
    if (!meant || seen < order->nth || (seen > order->nth && !order->on)) return PASS;
    counts[FIRED]++;
    return order->how;
}

/* Counts the call; what is to become of it. The caller has the turn. */
static enum how next(int kind, int takes_room) {
    counts[kind]++;
    counts[ANY]++;
    if (takes_room) counts[FULL]++;
    enum how how = decide(&end, kind, takes_room);
    if (how == BEFORE || (how == HALF && kind != WRITE)) die();
    if (how != PASS) return how;
    how = decide(&fail, kind, takes_room);
    if (how == SHORT && kind != WRITE) how = ERROR;
    return how;
}

/* One entry of the log, in one write: kind, inode (of a name: of its folder), offset, size before, the lengths of two
 * byte strings, and they: before and after, or two paths. Of a truncation the offset is the size after. */
static void note(char kind, uint64_t inode, uint64_t offset, uint64_t size, const void *a, uint64_t a_length, const void *b,
                 uint64_t b_length) {
    uint64_t head[6] = {(uint64_t)kind, inode, offset, size, a_length, b_length};
    struct iovec pieces[3] = {{head, sizeof head}, {(void *)a, a_length}, {(void *)b, b_length}};
    if (REAL(writev)(log_fd, pieces, 3) != (ssize_t)(sizeof head + a_length + b_length)) abort();
}

static void note_name(char kind, const char *path, const char *other, uint64_t replaced) {
    char parent[PATH_MAX];
    struct stat found;
    if (!is_kept(path)) return;
    snprintf(parent, sizeof parent, "%s", other && *other ? other : path);
    *strrchr(parent, '/') = 0;
    if (stat(parent, &found)) abort();
    note(kind, found.st_ino, replaced, 0, path, strlen(path), other, other ? strlen(other) : 0);
}

/* A second name for what is about to lose its last one, so that it can come back. */
static uint64_t bury(const char *path) {
    char grave[PATH_MAX];
    struct stat found;
    if (!is_kept(path) || lstat(path, &found) || !S_ISREG(found.st_mode)) return 0;
    snprintf(grave, sizeof grave, "%s/%llu", beside, (unsigned long long)found.st_ino);
    if (REAL(link)(path, grave) && errno != EEXIST) abort();
    return found.st_ino;
}

/* What stands at a place of a file; the caller frees it. */
static char *before(int fd, off_t offset, size_t length, size_t *found) {
    char link[64], *bytes = malloc(length ? length : 1);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int reader = REAL(open)(link, O_RDONLY | O_CLOEXEC);
    ssize_t read = reader < 0 ? 0 : pread(reader, bytes, length, offset);
    *found = read > 0 ? (size_t)read : 0;
    if (reader >= 0) close(reader);
    return bytes;
}

/* ---- writing ---- */

static ssize_t put(int fd, const void *bytes, size_t length, off_t offset, int at) {
    if (at) return REAL(pwrite)(fd, bytes, length, offset);
    return REAL(write)(fd, bytes, length);
}

static ssize_t change(int fd, const void *bytes, size_t length, off_t offset, int at) {
    char path[PATH_MAX];
    if (!is_inside_fd(fd, path)) return put(fd, bytes, length, offset, at);
    pthread_mutex_lock(&turn);
    enum how how = next(WRITE, 1);
    ssize_t written = -1;
    int error = fail.error;
    if (how != ERROR) {
        size_t room = how == SHORT || how == HALF ? length / 2 : length;
        struct stat found;
        size_t old = 0;
        char *was = NULL;
        if (is_kept(path)) {
            if (fstat(fd, &found)) abort();
            if (!at) offset = fcntl(fd, F_GETFL) & O_APPEND ? found.st_size : lseek(fd, 0, SEEK_CUR);
            was = before(fd, offset, room, &old);
        }
        written = put(fd, bytes, room, offset, at);
        error = errno;
        if (was && written > 0)
            note('W', found.st_ino, (uint64_t)offset, (uint64_t)found.st_size, was, old < (size_t)written ? old : (size_t)written,
                 bytes, (uint64_t)written);
        free(was);
        if (how == HALF || how == AFTER) die();
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return written;
}

ssize_t write(int fd, const void *bytes, size_t length) { return change(fd, bytes, length, 0, 0); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return change(fd, bytes, length, at, 1); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { return change(fd, bytes, length, at, 1); }

ssize_t writev(int fd, const struct iovec *pieces, int count) {
    char path[PATH_MAX];
    if (!is_inside_fd(fd, path)) return REAL(writev)(fd, pieces, count);
    for (int piece = 0; piece < count; piece++)
        if (pieces[piece].iov_len) return change(fd, pieces[piece].iov_base, pieces[piece].iov_len, 0, 0);
    return 0;
}

/* Copies inside the kernel are refused: whoever asks for them then reads and writes. */
ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t length, unsigned flags) {
    char path[PATH_MAX];
    if (!is_inside_fd(out, path)) return REAL(copy_file_range)(in, in_at, out, out_at, length, flags);
    errno = EINVAL;
    return -1;
}
static ssize_t send(const char *name, int out, int in, off_t *at, size_t length) {
    char path[PATH_MAX];
    ssize_t (*there)(int, int, off_t *, size_t) = real(name);
    if (!is_inside_fd(out, path)) return there(out, in, at, length);
    errno = EINVAL;
    return -1;
}
ssize_t sendfile(int out, int in, off_t *at, size_t length) { return send("sendfile", out, in, at, length); }
ssize_t sendfile64(int out, int in, off_t *at, size_t length) { return send("sendfile64", out, in, at, length); }
int posix_fallocate(int fd, off_t at, off_t length) {
    char path[PATH_MAX];
    return is_inside_fd(fd, path) ? EINVAL : REAL(posix_fallocate)(fd, at, length);
}
int fallocate(int fd, int mode, off_t at, off_t length) {
    char path[PATH_MAX];
    if (!is_inside_fd(fd, path)) return REAL(fallocate)(fd, mode, at, length);
    errno = EOPNOTSUPP;
    return -1;
}

int ftruncate(int fd, off_t size) {
    char path[PATH_MAX];
    if (!is_inside_fd(fd, path)) return REAL(ftruncate)(fd, size);
    pthread_mutex_lock(&turn);
    enum how how = next(TRUNCATE, 0);
    int done = -1, error = fail.error;
    if (how != ERROR) {
        struct stat found;
        size_t old = 0;
        char *was = NULL;
        if (is_kept(path)) {
            if (fstat(fd, &found)) abort();
            was = before(fd, size, found.st_size > size ? (size_t)(found.st_size - size) : 0, &old);
        }
        done = REAL(ftruncate)(fd, size);
        error = errno;
        if (was && !done) note('T', found.st_ino, (uint64_t)size, (uint64_t)found.st_size, was, old, "", 0);
        free(was);
        if (how == AFTER) die();
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return done;
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

static int synced(const char *name, int fd) {
    char path[PATH_MAX];
    int (*there)(int) = real(name);
    if (!is_inside_fd(fd, path)) return there(fd);
    pthread_mutex_lock(&turn);
    enum how how = next(SYNC, 0);
    struct stat found;
    if (fstat(fd, &found)) abort();
    int is_folder = S_ISDIR(found.st_mode);
    int done = -1, error = fail.error;
    if (how != ERROR) {
        /* Nothing here reads the disk itself, so what is only said to be on it does as well, and is quicker. */
        done = 0;
        if (is_kept(path)) note(is_folder ? 'D' : 'S', found.st_ino, 0, 0, "", 0, "", 0);
        if (how == AFTER) die();
    } else if (is_kept(path) && !is_folder) {
        /* The kernel says it once, and what was not written is gone: a later sync that succeeds says nothing of it. */
        note('F', found.st_ino, 0, 0, "", 0, "", 0);
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return done;
}
int fsync(int fd) { return synced("fsync", fd); }
int fdatasync(int fd) { return synced("fdatasync", fd); }

/* ---- names ---- */

static int opened(int at, const char *path, int flags, mode_t mode) {
    int (*there)(int, const char *, int, ...) = real("openat");
    const char *machine = path && !strcmp(path, "/etc/machine-id") ? getenv("KOSSORI_SHIM_MACHINE") : NULL;
    if (machine) return there(at, machine, flags, mode);
    if (!is_inside(path)) return there(at, path, flags, mode);
    pthread_mutex_lock(&turn);
    struct stat found;
    int makes = flags & O_CREAT && lstat(path, &found);
    enum how how = next(OPEN, makes);
    int fd = -1, error = fail.error;
    if (how != ERROR) {
        /* What it empties is kept as a truncation. */
        int empties = flags & O_TRUNC && !makes && is_kept(path);
        fd = there(at, path, empties ? flags & ~O_TRUNC : flags, mode);
        error = errno;
        if (fd >= 0 && makes) note_name('C', path, NULL, 0);
        if (fd >= 0 && empties) {
            size_t old = 0;
            if (fstat(fd, &found)) abort();
            char *was = before(fd, 0, (size_t)found.st_size, &old);
            if (REAL(ftruncate)(fd, 0)) abort();
            note('T', found.st_ino, 0, (uint64_t)found.st_size, was, old, "", 0);
            free(was);
        }
        if (how == AFTER) die();
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return fd;
}

#define MODE(flags)                                                     \
    mode_t mode = 0;                                                    \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                            \
        va_list rest;                                                   \
        va_start(rest, flags);                                          \
        mode = va_arg(rest, mode_t);                                    \
        va_end(rest);                                                   \
    }
int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

int rename(const char *from, const char *to) {
    if (!is_inside(from) && !is_inside(to)) return REAL(rename)(from, to);
    pthread_mutex_lock(&turn);
    enum how how = next(NAME, 0);
    int done = -1, error = fail.error;
    if (how != ERROR) {
        uint64_t replaced = bury(to);
        done = REAL(rename)(from, to);
        error = errno;
        if (!done) note_name('R', from, to, replaced);
        if (how == AFTER) die();
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return done;
}
int renameat(int at, const char *from, int other, const char *to) {
    return is_inside(from) || is_inside(to) ? rename(from, to) : REAL(renameat)(at, from, other, to);
}
int renameat2(int at, const char *from, int other, const char *to, unsigned flags) {
    return (is_inside(from) || is_inside(to)) && !flags ? rename(from, to) : REAL(renameat2)(at, from, other, to, flags);
}

int linkat(int at, const char *from, int other, const char *to, int flags) {
    if (!is_inside(to)) return REAL(linkat)(at, from, other, to, flags);
    pthread_mutex_lock(&turn);
    enum how how = next(NAME, 1);
    int done = -1, error = fail.error;
    if (how != ERROR) {
        done = REAL(linkat)(at, from, other, to, flags);
        error = errno;
        if (!done) note_name('C', to, NULL, 0);
        if (how == AFTER) die();
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return done;
}
int link(const char *from, const char *to) {
    return is_inside(to) ? linkat(AT_FDCWD, from, AT_FDCWD, to, 0) : REAL(link)(from, to);
}

int unlink(const char *path) {
    if (!is_inside(path)) return REAL(unlink)(path);
    pthread_mutex_lock(&turn);
    enum how how = next(NAME, 0);
    int done = -1, error = fail.error;
    if (how != ERROR) {
        uint64_t buried = bury(path);
        done = REAL(unlink)(path);
        error = errno;
        if (!done && buried) note_name('U', path, NULL, buried);
        if (how == AFTER) die();
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return done;
}
int unlinkat(int at, const char *path, int flags) {
    return is_inside(path) && !flags ? unlink(path) : REAL(unlinkat)(at, path, flags);
}

int mkdir(const char *path, mode_t mode) {
    if (!is_inside(path) || !path[folder_length]) return REAL(mkdir)(path, mode);
    pthread_mutex_lock(&turn);
    enum how how = next(NAME, 1);
    int done = -1, error = fail.error;
    if (how != ERROR) {
        done = REAL(mkdir)(path, mode);
        error = errno;
        if (!done) note_name('M', path, NULL, 0);
        if (how == AFTER) die();
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return done;
}
