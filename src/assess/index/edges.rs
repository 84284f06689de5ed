//! Who points at whom, by number.

/// The ends of edges, in one list by where they start.
#[derive(Debug, Default)]
pub(super) struct Edges {
    starts: Box<[u32]>,
    ends: Box<[u32]>,
}

impl Edges {
    /// Of edges between numbers below `count`.
    pub(super) fn of(count: usize, mut edges: Vec<(u32, u32)>) -> Self {
        edges.sort_unstable();
        edges.dedup();
        let mut starts = vec![0_u32; count + 1];
        for (from, _) in &edges {
            starts.get_mut(*from as usize + 1).into_iter().for_each(|start| *start += 1);
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { starts: starts.into(), ends: edges.into_iter().map(|(_, to)| to).collect() }
    }

    /// The ends of those that start here, the smallest first.
    pub(super) fn from(&self, number: u32) -> &[u32] {
        let at = number as usize;
        let range = self.starts.get(at).zip(self.starts.get(at + 1));
        range.and_then(|(from, to)| self.ends.get(*from as usize..*to as usize)).unwrap_or_default()
    }
}
