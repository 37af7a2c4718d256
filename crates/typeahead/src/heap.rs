//! A binary heap whose order needs more than the items.

/// Adds an item. `before(a, b)` says that `a` leaves the heap earlier.
pub(crate) fn push<T>(heap: &mut Vec<T>, item: T, before: impl Fn(&T, &T) -> bool) {
    heap.push(item);
    let mut at = heap.len() - 1;
    while at > 0 {
        let parent = (at - 1) / 2;
        if !before(&heap[at], &heap[parent]) {
            return;
        }
        heap.swap(at, parent);
        at = parent;
    }
}

/// Takes the first item.
pub(crate) fn pop<T>(heap: &mut Vec<T>, before: impl Fn(&T, &T) -> bool) -> Option<T> {
    if heap.is_empty() {
        return None;
    }
    let first = heap.swap_remove(0);
    let mut at = 0;
    loop {
        let mut child = 2 * at + 1;
        if child >= heap.len() {
            return Some(first);
        }
        if child + 1 < heap.len() && before(&heap[child + 1], &heap[child]) {
            child += 1;
        }
        if !before(&heap[child], &heap[at]) {
            return Some(first);
        }
        heap.swap(at, child);
        at = child;
    }
}
