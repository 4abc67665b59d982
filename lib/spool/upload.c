#include "folder.h"
#include <base/err.h>
#include <base/mem.h>
#include <errno.h>
#include <fcntl.h>
#include <spool/upload.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DAY_S = 24 * 3600 };

struct uploads {
    int folder;
};

int uploads_open(struct uploads **uploadsp, const char *state_dir)
{
    struct uploads *uploads = mem_new(1, sizeof *uploads);

    *uploadsp = uploads;
    uploads->folder = folder_open(state_dir, "uploads", 0700);
    if (uploads->folder < 0)
        return err_raise(-errno, "%s/uploads cannot be opened: %s", state_dir, strerror(errno));
    uploads_sweep(uploads);
    return 0;
}

void uploads_free(struct uploads *uploads)
{
    if (!uploads)
        return;
    close_fd(&uploads->folder);
    free(uploads);
}

/* The file of PERSON's upload ID: nobody else's id can name it. */
static int name_of(char out[static SHA256_HEX_MAX], const char *person, const char *id)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct digest_sum *sum;
    struct sha256 digest;
    int r;

    if (!*id || strlen(id) > 64 || id[strspn(id, letters)])
        return UPLOAD_E_ID;
    sum = digest_begin();
    digest_add(sum, person, strlen(person) + 1);
    digest_add(sum, id, strlen(id));
    r = digest_end(sum, &digest);
    digest_hex(out, &digest);
    return r;
}

int uploads_write(struct uploads *uploads, const char *person, const char *id, int64_t offset,
                  const void *bytes, size_t length, int64_t *size)
{
    CLEANUP(close_fd) int fd = -1;
    char name[SHA256_HEX_MAX];
    struct stat st;
    int r = name_of(name, person, id);

    if (r)
        return r;
    fd = openat(uploads->folder, name, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || fstat(fd, &st) != 0)
        return err_raise(-errno, "uploads: %s", strerror(errno));
    *size = st.st_size;
    if (length > UPLOAD_PART_MAX || offset > UPLOAD_MAX - (int64_t)length)
        return UPLOAD_E_LARGE;
    if (offset > st.st_size)
        return UPLOAD_E_HOLE;
    if ((offset == 0 && ftruncate(fd, 0) != 0) || lseek(fd, offset, SEEK_SET) < 0)
        return err_raise(-errno, "uploads: %s", strerror(errno));
    r = write_all(fd, bytes, length);
    if (r < 0)
        return err_raise(r, "uploads: %s", strerror(-r));
    if (offset == 0 || offset + (int64_t)length > *size)
        *size = offset + (int64_t)length;
    return 0;
}

void upload_pass(const char *bytes, size_t upto)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    /* Private and never written to: the pages come back from the file when they are asked for. */
    madvise((void *)(uintptr_t)bytes, upto / page * page, MADV_DONTNEED);
}

static int check_digest(const struct upload *upload, const struct sha256 *digest)
{
    struct digest_sum *sum = digest_begin();
    struct sha256 actual;
    int r;

    for (size_t at = 0; at < upload->length; at += UPLOAD_PART_MAX) {
        size_t n = upload->length - at < UPLOAD_PART_MAX ? upload->length - at : UPLOAD_PART_MAX;

        digest_add(sum, upload->bytes + at, n);
        upload_pass(upload->bytes, at + n);
    }
    r = digest_end(sum, &actual);
    return r ? r : digest_equal(&actual, digest) ? 0 : UPLOAD_E_DIGEST;
}

int uploads_map(struct uploads *uploads, const char *person, const char *id,
                const struct sha256 *digest, struct upload *out)
{
    CLEANUP(close_fd) int fd = -1;
    char name[SHA256_HEX_MAX];
    struct stat st;
    int r = name_of(name, person, id);

    *out = (struct upload){ 0 };
    if (r)
        return r;
    fd = openat(uploads->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return UPLOAD_E_NONE;
    if (fd < 0 || fstat(fd, &st) != 0)
        return err_raise(-errno, "uploads: %s", strerror(errno));
    if (st.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (bytes == MAP_FAILED)
            return err_raise(-errno, "uploads: %s", strerror(errno));
        *out = (struct upload){ bytes, (size_t)st.st_size };
    }
    r = check_digest(out, digest);
    if (r)
        upload_release(out);
    return r;
}

void upload_release(struct upload *upload)
{
    if (upload->bytes)
        munmap((void *)(uintptr_t)upload->bytes, upload->length);
    *upload = (struct upload){ 0 };
}

void uploads_remove(struct uploads *uploads, const char *person, const char *id)
{
    char name[SHA256_HEX_MAX];

    if (name_of(name, person, id) == 0)
        unlinkat(uploads->folder, name, 0);
}

void uploads_sweep(struct uploads *uploads)
{
    int fd = openat(uploads->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(dir_freep) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    struct stat st;

    while (dir && (entry = readdir(dir)))
        if (strlen(entry->d_name) == SHA256_HEX_MAX - 1 &&
            fstatat(uploads->folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            st.st_mtime < time(NULL) - DAY_S)
            unlinkat(uploads->folder, entry->d_name, 0);
}
