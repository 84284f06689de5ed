//! Names as small numbers.

use std::collections::HashMap;

use crate::model::Id;

/// Ids, numbered as they came. A number stays with its id.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    numbers: HashMap<Id, u32>,
    ids: Vec<Id>,
}

impl Names {
    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        self.numbers.reserve(more);
        self.ids.reserve(more);
    }

    /// The number of an id, given to it now if it has none. Ids beyond 2^32 do not come: a catalogue is read
    /// from memory.
    pub(super) fn number(&mut self, id: &Id) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.push(id.clone());
        self.numbers.insert(id.clone(), number);
        number
    }

    /// The numbers of these ids.
    pub(super) fn numbers(&mut self, ids: &[Id]) -> Box<[u32]> {
        ids.iter().map(|id| self.number(id)).collect()
    }

    /// The number of a name, where it has one.
    pub(super) fn get(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The id of a number.
    pub(super) fn id(&self, number: u32) -> Option<&Id> {
        self.ids.get(number as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }
}
