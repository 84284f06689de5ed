/* Makes the disk below a folder fail: loaded before libc, with FAULT_BELOW naming the folder and FAULT_FILE a file that
   holds the number of the error that whatever writes there gets, while the file is there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The error, or 0. */
static int fault(void) {
    static __typeof__(&open) real_open;
    static __typeof__(&read) real_read;
    if (!real_open) {
        real_open = NEXT(open);
        real_read = NEXT(read);
    }
    const char *name = getenv("FAULT_FILE");
    int before = errno, fd = name ? real_open(name, O_RDONLY | O_CLOEXEC) : -1;
    char text[16] = "0";
    if (fd >= 0) {
        ssize_t length = real_read(fd, text, sizeof text - 1);
        text[length > 0 ? length : 0] = 0;
        close(fd);
    }
    errno = before;
    return atoi(text);
}

static int below(const char *path) {
    const char *folder = getenv("FAULT_BELOW");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int fails(const char *path) {
    int error = below(path) ? fault() : 0;
    if (error) errno = error;
    return error;
}

static int fails_fd(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return fails(path);
}

#define ON_FD(type, name, parameters, ...)                                                                         \
    type name parameters { return fails_fd(fd) ? -1 : NEXT(name)(__VA_ARGS__); }

ON_FD(ssize_t, write, (int fd, const void *bytes, size_t length), fd, bytes, length)
ON_FD(ssize_t, writev, (int fd, const struct iovec *parts, int count), fd, parts, count)
ON_FD(ssize_t, pwrite, (int fd, const void *bytes, size_t length, off_t at), fd, bytes, length, at)
ON_FD(ssize_t, pwrite64, (int fd, const void *bytes, size_t length, off64_t at), fd, bytes, length, at)
ON_FD(int, fsync, (int fd), fd)
ON_FD(int, fdatasync, (int fd), fd)
ON_FD(int, ftruncate, (int fd, off_t length), fd, length)
ON_FD(int, ftruncate64, (int fd, off64_t length), fd, length)

int rename(const char *from, const char *to) { return fails(to) ? -1 : NEXT(rename)(from, to); }
int unlink(const char *path) { return fails(path) ? -1 : NEXT(unlink)(path); }
int mkdir(const char *path, mode_t mode) { return fails(path) ? -1 : NEXT(mkdir)(path, mode); }

#define OPENS(name)                                                                                                \
    int name(const char *path, int flags, ...) {                                                                   \
        va_list more;                                                                                              \
        va_start(more, flags);                                                                                     \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;                                                  \
        va_end(more);                                                                                              \
        int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);                                         \
        return writes && fails(path) ? -1 : NEXT(name)(path, flags, mode);                                         \
    }

OPENS(open)
OPENS(open64)
