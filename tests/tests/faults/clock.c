/* A clock that can be put wrong while a program runs: CLOCK_SHIFT names a file with the seconds that it is off. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *moment) {
    int result = syscall(SYS_clock_gettime, id, moment);
    const char *path = getenv("CLOCK_SHIFT");
    FILE *file = id == CLOCK_REALTIME && path ? fopen(path, "r") : NULL;
    long seconds = 0;
    if (file) {
        if (fscanf(file, "%ld", &seconds) == 1) moment->tv_sec += seconds;
        fclose(file);
    }
    return result;
}
