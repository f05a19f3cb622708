//! Numbers that must not be confused, each a type of its own.

/// A distinct answer of the database, as `database::Lines` numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineId(u32);

/// A distinct value, as `database::Lines` numbers them; values that the database does not have come after all of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ValueId(u32);

impl LineId {
    /// The line with this number.
    pub(super) const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    pub(super) const fn get(self) -> u32 {
        self.0
    }
}

impl ValueId {
    /// Of a feature that an observation does not have.
    pub(super) const ABSENT: Self = Self(crate::database::ABSENT);

    /// The value with this number.
    pub(super) const fn new(number: u32) -> Self {
        Self(number)
    }
}

/// Declares ids that are places in lists.
macro_rules! places {
    ($($(#[$attribute:meta])* $name:ident;)*) => {$(
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) struct $name(u32);

        impl $name {
            /// The one at this place, counted from 0.
            pub(super) fn nth(place: usize) -> Self {
                // No memory holds as many of anything as the number has room for.
                Self(u32::try_from(place).unwrap_or(u32::MAX))
            }

            /// The place in a list.
            pub(super) const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

places! {
    /// A behaviour, by its place in the database.
    BehaviourId;
    /// A product, by the order in which the behaviours of the database name them.
    ProductId;
    /// An engine, by the order in which the behaviours of the database name them.
    EngineId;
    /// Features of one kind and value, whichever probes they come from: they are duplicates of each other.
    DuplicateGroup;
}
