//! One reader of each format: what `schema infer` takes for a format, the checker takes for one.

use sigmata::schema::{Format, Inference};

/// The format that `schema infer` gives a field with this text; empty for none.
fn inferred(text: &str) -> String {
    let mut inference = Inference::new();
    for _ in 0..3 {
        inference.observe(&serde_json::json!({ "a": text }));
    }
    let schema = inference.schema("acme", "audit");
    let line = schema.lines().find(|line| line.trim_start().starts_with("format: "));
    line.map(|line| line.trim().trim_start_matches("format: ").to_owned()).unwrap_or_default()
}

#[test]
fn what_is_inferred_fits_and_what_fits_is_mostly_inferred() {
    for (text, format, expected) in [
        ("62e90394-69f5-4237-9190-012177145e10", Format::Guid, "guid"),
        ("62e90394-69f5-4237-9190-012177145e1", Format::Guid, ""),
        ("arn:aws:iam::123456789012:user/alice", Format::Arn, "arn"),
        ("arn:aws:iam:123456789012:user/alice:x:y", Format::Arn, ""),
        ("a.b+c@mail.example", Format::Email, "email"),
        // A host as in a shell's prompt is not a domain that mail goes to.
        ("root@localhost", Format::Email, ""),
        ("https://example.com/a?b", Format::Url, "url"),
        ("example.com", Format::Url, ""),
    ] {
        let found = inferred(text);
        assert_eq!(found, expected, "{text}");
        assert!(found.is_empty() || format.fits(text), "{text} is inferred and refused");
    }
}
