//! The members of an object.

use std::collections::BTreeMap;

use super::value::Value;

/// An object: names in bytewise order, each once. Side by side in one allocation, since objects are small and
/// many: a tree's nodes would be ten times the size of what is in them.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(pub(super) Vec<(String, Value)>);

/// The members of a borrowed object, by name.
pub(super) type Iter<'t> =
    std::iter::Map<std::slice::Iter<'t, (String, Value)>, fn(&'t (String, Value)) -> (&'t String, &'t Value)>;

impl Table {
    /// An object without members.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The member of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let (_, value) = self.0.get(self.find(name).ok()?)?;
        Some(value)
    }

    /// The member of that name, to be changed.
    #[must_use]
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let place = self.find(name).ok()?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    /// Whether there is a member of that name.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    /// Puts a member in its place, and gives back the one that was there. Many at once are better collected.
    pub fn insert(&mut self, name: String, value: Value) -> Option<Value> {
        match self.find(&name) {
            Ok(place) => self.0.get_mut(place).map(|(_, old)| std::mem::replace(old, value)),
            Err(place) => {
                self.0.insert(place, (name, value));
                None
            }
        }
    }

    /// The member of that name, which is put there first where it is missing.
    pub fn get_or_insert(&mut self, name: &str, missing: Value) -> &mut Value {
        let place = match self.find(name) {
            Ok(place) => place,
            Err(place) => {
                self.0.insert(place, (name.to_owned(), missing));
                place
            }
        };
        #[allow(clippy::indexing_slicing)] // found or put there just now
        &mut self.0[place].1
    }

    /// Takes a member out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.find(name).ok().map(|place| self.0.remove(place).1)
    }

    /// The members by name.
    pub fn iter(&self) -> Iter<'_> {
        self.into_iter()
    }

    /// The names.
    // A named type ends its borrow with its last use; an opaque one would not.
    #[allow(clippy::type_complexity)]
    pub fn keys<'t>(&'t self) -> std::iter::Map<Iter<'t>, fn((&'t String, &'t Value)) -> &'t String> {
        self.iter().map(|(name, _)| name)
    }

    /// The values, by name.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.0.iter().map(|(_, value)| value)
    }

    /// Where a name stands or would stand. The last is looked at first: what is canonical comes in order.
    fn find(&self, name: &str) -> Result<usize, usize> {
        match self.0.last() {
            Some((last, _)) if last.as_str() < name => Err(self.0.len()),
            _ => self.0.binary_search_by(|(other, _)| other.as_str().cmp(name)),
        }
    }
}

/// Of two members of one name the later counts.
impl FromIterator<(String, Value)> for Table {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(members: I) -> Self {
        let mut table = Self::new();
        table.extend(members);
        table
    }
}

impl Extend<(String, Value)> for Table {
    fn extend<I: IntoIterator<Item = (String, Value)>>(&mut self, members: I) {
        let mut members = members.into_iter();
        // In order they are put side by side; the first that is not sends all to a tree, which sorts them.
        for (name, value) in members.by_ref() {
            if self.0.last().is_none_or(|(last, _)| *last < name) {
                self.0.push((name, value));
                continue;
            }
            let mut sorted: BTreeMap<String, Value> = std::mem::take(&mut self.0).into_iter().collect();
            sorted.insert(name, value);
            sorted.extend(members);
            self.0 = sorted.into_iter().collect();
            return;
        }
    }
}

impl<const N: usize> From<[(String, Value); N]> for Table {
    fn from(members: [(String, Value); N]) -> Self {
        members.into_iter().collect()
    }
}

impl IntoIterator for Table {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'t> IntoIterator for &'t Table {
    type Item = (&'t String, &'t Value);
    type IntoIter = Iter<'t>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(name, value)| (name, value))
    }
}

impl serde::Serialize for Table {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn is_a_map_in_order(names in proptest::collection::vec("[a-c]{0,2}", 0..12), gone in "[a-c]{0,2}") {
            let pairs = || names.iter().cloned().zip((0..).map(Value::Int));
            let mut tree: BTreeMap<String, Value> = pairs().collect();
            let mut table: Table = pairs().collect();
            let mut one_by_one = Table::new();
            for (name, value) in pairs() {
                one_by_one.insert(name, value);
            }
            proptest::prop_assert_eq!(&table, &one_by_one);
            proptest::prop_assert_eq!(table.get(&gone), tree.get(&gone));
            proptest::prop_assert_eq!(table.remove(&gone), tree.remove(&gone));
            proptest::prop_assert_eq!(table.len(), tree.len());
            proptest::prop_assert!(table.iter().eq(tree.iter()));
        }
    }
}
