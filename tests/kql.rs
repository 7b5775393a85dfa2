//! KQL: what each predicate becomes, and that what is printed is read back.

mod kql {
    pub mod arrays;
    pub mod build;
    pub mod engines;
    pub mod literals;
    pub mod notes;
    pub mod predicates;
    pub mod round_trip;
    pub mod rules;
    pub mod tables;
}
