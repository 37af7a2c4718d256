//! Numbering rows so that those that are met together lie together.
//!
//! Breadth first from the entry: the neighbours of a row follow each other, and so do their codes and links in memory.
//! Rows of the higher layers stay in front (Coleman et al., *Graph reordering for cache-efficient near neighbor
//! search*, NeurIPS 2022, measure this and dearer orders).

use super::graph::{Graph, Links, NONE};

/// The rows of `graph` in their new order.
pub(super) fn breadth_first(graph: &Graph) -> Vec<u32> {
    let count = graph.counts[0] as usize;
    let mut seen = vec![false; count];
    let mut order: Vec<u32> = Vec::with_capacity(count);
    for root in 0..count as u32 {
        if std::mem::replace(&mut seen[root as usize], true) {
            continue;
        }
        let mut next = order.len();
        order.push(root);
        while next < order.len() {
            for link in graph.of(0, order[next]) {
                if *link != NONE && !std::mem::replace(&mut seen[*link as usize], true) {
                    order.push(*link);
                }
            }
            next += 1;
        }
    }
    let layers = |row: u32| graph.counts.iter().filter(|count| row < **count).count();
    order.sort_by_key(|row| std::cmp::Reverse(layers(*row))); // stable: breadth first within a layer
    order
}

/// The same graph with row `order[i]` called `i`.
pub(super) fn renumbered(graph: &Graph, order: &[u32]) -> Graph {
    let mut name = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        name[*old as usize] = new as u32;
    }
    let mut layers = Vec::with_capacity(graph.counts.len());
    for (layer, count) in graph.counts.iter().enumerate() {
        let mut links = Vec::new();
        for old in &order[..*count as usize] {
            let named = |link: &u32| if *link == NONE { NONE } else { name[*link as usize] };
            links.extend(graph.of(layer, *old).iter().map(named));
        }
        layers.push(links);
    }
    let upper: Vec<u32> = layers.iter().skip(1).flatten().copied().collect();
    Graph {
        counts: graph.counts.clone(),
        base_degree: graph.base_degree,
        upper_degree: graph.upper_degree,
        base: bowerbird_core::container::View::aligned(&layers[0]),
        upper: upper.into(),
    }
}
