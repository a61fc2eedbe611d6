//! Work that is the same for each of many things, on all cores.

use std::cell::Cell;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

thread_local! {
    /// Whether this thread is one of several that share some work already: then there is no core to spare.
    static SHARES: Cell<bool> = const { Cell::new(false) };
}

/// How many threads are worth having.
pub(crate) fn threads() -> usize {
    if SHARES.get() {
        1
    } else {
        std::thread::available_parallelism().map_or(1, usize::from)
    }
}

/// `count` values that `work` fills range by range.
pub(crate) fn in_chunks<T: Send + Copy + Default>(
    count: usize,
    work: impl Fn(Range<usize>, &mut [T]) + Sync,
) -> Vec<T> {
    /// Values that take longer than to start a thread.
    const LEAST: usize = 1 << 16;
    let mut values = vec![T::default(); count];
    let threads = threads().min(count / LEAST + 1);
    if threads == 1 {
        work(0..count, &mut values);
        return values;
    }
    let length = count.div_ceil(threads);
    std::thread::scope(|scope| {
        for (at, values) in values.chunks_mut(length).enumerate() {
            let work = &work;
            scope.spawn(move || work(at * length..at * length + values.len(), values));
        }
    });
    values
}

/// What `work` makes of each number below `count`, in their order. Threads take the next number as they become free.
pub(crate) fn in_parallel<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    in_parallel_with(count, work, |_| {})
}

/// The same; `done` is called on the caller's thread with how many are done.
pub(crate) fn in_parallel_with<T: Send>(
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    mut done: impl FnMut(usize),
) -> Vec<T> {
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(count);
    let next = AtomicUsize::new(0);
    let mut results: Vec<Option<T>> = (0..count).map(|_| None).collect();
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::channel();
        for _ in 0..threads {
            let send = send.clone();
            let (next, work) = (&next, &work);
            scope.spawn(move || {
                SHARES.set(true);
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    // Nobody listens any more only where another thread panicked.
                    if at >= count || send.send((at, work(at))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        for (received, (at, result)) in receive.into_iter().enumerate() {
            results[at] = Some(result);
            done(received + 1);
        }
    });
    results.into_iter().flatten().collect()
}
