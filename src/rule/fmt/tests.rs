use super::{Left, formatted};

/// Texts, and what becomes of them with four spaces for a level.
const CASES: [(&str, &str, &str); 15] = [
    ("order of keys", "level: low\nx: 1\ntitle: T\n", "title: T\nlevel: low\nx: 1\n"),
    (
        "indentation, lists below their key, space around signs",
        "title:   T\ntags:\n- a\n-   b\ndetection:\n  s :\n    a|x:  \n    - 1\n  condition:  s  # c\n",
        "title: T\ntags:\n    - a\n    - b\ndetection:\n    s:\n        a|x:\n            - 1\n    condition: s  # c\n",
    ),
    (
        "lists of mappings",
        "detection:\n  s:\n  -   a: 1\n      b:\n      - 2\n  - - c: 3\n    - d\n",
        "detection:\n    s:\n        - a: 1\n          b:\n              - 2\n        - - c: 3\n          - d\n",
    ),
    (
        "the condition comes last, selections stay in their order",
        "detection:\n    condition: z and a\n    z:\n        x: 1\n    a:\n        y: 2\n",
        "detection:\n    z:\n        x: 1\n    a:\n        y: 2\n    condition: z and a\n",
    ),
    (
        "comments go with what they speak of",
        "# head\n\n# of level\nlevel: low # end\n# of title\ntitle: T\ntags:\n  - a\n  # - b\n# last\n",
        "# head\n\n# of title\ntitle: T\ntags:\n    - a\n    # - b\n# of level\nlevel: low # end\n# last\n",
    ),
    (
        "a comment deeper than the first key, one of a list that ends, one deeper than any",
        "tags:\n- a\n  # of tags\ndetection:\n        # about s\n    s:\n        x: 1\n          # of s\n    condition: s\n         # last\n",
        "tags:\n    - a\n    # of tags\ndetection:\n    # about s\n    s:\n        x: 1\n        # of s\n    condition: s\n    # last\n",
    ),
    (
        "a comment that allows a finding in the whole document stays in front",
        "# sigmata: allow(S0433): x\nlevel: low\ntitle: T\n",
        "# sigmata: allow(S0433): x\ntitle: T\nlevel: low\n",
    ),
    (
        "one that allows it on one line does not come to speak of all",
        "level: low\n# sigmata: allow(S0433): x\ntitle: T\n",
        "level: low\n# sigmata: allow(S0433): x\ntitle: T\n",
    ),
    (
        "block scalars keep what is beyond their indentation",
        "description: |\n  a\n    b \n\n  c\ntitle: >-\n      x\n      y\n",
        "title: >-\n    x\n    y\ndescription: |\n    a\n      b \n\n    c\n",
    ),
    (
        "empty lines that are kept, and an indicator",
        "detection:\n  s: |+\n    a\n\n  t: |2\n      b\ntitle: T\n",
        "title: T\ndetection:\n    s: |+\n        a\n\n    t: |2\n        b\n",
    ),
    (
        "values over several lines",
        "description: one\n  two\nauthor: \"a \\\n   b\"\nfields: [a,\n  b]\ntitle: T\n",
        "title: T\ndescription: one\n  two\nauthor: \"a \\\n   b\"\nfields: [a,\n  b]\n",
    ),
    ("blank lines", "\n\ntitle: T\n\n\n\nlevel: low\n\n\n", "title: T\n\nlevel: low\n"),
    (
        "documents",
        "---\naction: global\nlevel: low\n---   # two\n\n\nlevel: low\ntitle: T\n...\n",
        "---\naction: global\nlevel: low\n---   # two\ntitle: T\nlevel: low\n...\n",
    ),
    (
        "anchors, aliases and merges",
        "detection:\n  a: &x\n    k: 1\n  b:\n    <<: *x\n    l: &y 2\n  c:\n  -   *y\n  condition: a\n",
        "detection:\n    a: &x\n        k: 1\n    b:\n        <<: *x\n        l: &y 2\n    c:\n        - *y\n    condition: a\n",
    ),
    (
        "line ends and the mark of order stay",
        "\u{feff}level: low\r\ntitle: T\r\n",
        "\u{feff}title: T\r\nlevel: low\r\n",
    ),
];

#[test]
fn a_text_is_laid_out_and_stays_so() {
    for (what, old, new) in CASES {
        let made = formatted(old, 4).unwrap_or_else(|left| panic!("{what}: {left:?}"));
        assert_eq!(made, new, "{what}");
        assert_eq!(formatted(&made, 4).expect("laid out"), made, "{what}, once more");
        // Two spaces and back is not a change either.
        let two = formatted(&made, 2).unwrap_or_else(|left| panic!("{what}, 2: {left:?}"));
        assert_eq!(formatted(&two, 2).expect("laid out"), two, "{what}, two spaces");
    }
}

#[test]
fn what_cannot_be_laid_out_is_left() {
    for text in ["a: 'b\n", "a: 1\na: 2\n"] {
        assert!(matches!(formatted(text, 4), Err(Left::Unreadable(_))), "{text}");
    }
    for (text, line) in [("--- {a: 1}\n", 1), ("a: 1\n? b\n: 1\n", 2), ("\ta: 1\n", 1)] {
        let left = formatted(text, 4);
        assert!(matches!(left, Err(Left::Unusual(Some((at, _)))) if at == line), "{text}: {left:?}");
    }
}
