//! Findings about a collection and about tests.

crate::codes! {
    /// Two documents have the same `id`.
    ///
    /// ## What it does
    /// Reports every document whose identifier an earlier document of the collection has already.
    ///
    /// ## Why it matters
    /// A SIEM keeps one rule per identifier: the one that is imported last replaces the other, and one of the two
    /// detections is gone without a word. A correlation or filter that refers to the identifier is ambiguous.
    ///
    /// ## Example
    /// ```yaml
    /// title: IAM user created by root
    /// id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d   # copied together with another rule
    /// ```
    ///
    /// ## Use instead
    /// Give the copy a new random UUID (version 4).
    DUPLICATE_ID = "S0901" "duplicate-id" Warning;

    /// Two documents have the same `name`.
    ///
    /// ## What it does
    /// Reports every document whose `name` an earlier document of the collection has already.
    ///
    /// ## Why it matters
    /// Correlations and filters refer to rules by name; a name that two rules have refers to neither.
    ///
    /// ## Example
    /// ```yaml
    /// title: IAM user created by root
    /// name: iam_user_created   # also the name of another rule
    /// ```
    ///
    /// ## Use instead
    /// Give each rule a name of its own.
    DUPLICATE_NAME = "S0902" "duplicate-name" Warning;

    /// Two documents have the same title.
    ///
    /// ## What it does
    /// Reports every document whose title an earlier document of the collection has already, whatever the letter case.
    ///
    /// ## Why it matters
    /// An analyst who sees the alert cannot tell which rule fired.
    ///
    /// ## Example
    /// ```yaml
    /// title: IAM user created   # also the title of another rule
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: IAM user created by root
    /// ```
    DUPLICATE_TITLE = "S0903" "duplicate-title" Warning;

    /// A title that is not written as the public repository wants it.
    ///
    /// ## What it does
    /// Reports a title of a single word or of more than 110 characters, one that begins with `Detects` or ends with a full
    /// stop, and one that is not in title case: each word begins with a capital letter, but for short words such as `a`,
    /// `for`, `in`, `of` and `with` between others. A word with a capital, a digit or another sign in it counts as a name
    /// and stays as it is.
    ///
    /// It is a convention: the profile `default` leaves it out, `sigmahq` and `all` report it, and
    /// `lints.title-form` turns it on or off by itself.
    ///
    /// ## Why it matters
    /// The title is what an analyst sees in a list of alerts: it has to say what happened where, in one line, and to look
    /// like the others.
    ///
    /// ## Example
    /// ```yaml
    /// title: an access key was created.
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: AWS IAM Access Key Created for Another User
    /// ```
    TITLE_FORM = "S0904" "title-form" Warning;

    /// A test file that cannot be read.
    ///
    /// ## What it does
    /// Reports what in a test file does not have the form of one: a top level that is not a map, a list that is none, an
    /// entry without exactly one of `event`, `events`, `sequence` and `file`, an event that is not a map, a list or an
    /// envelope of events that is empty.
    ///
    /// ## Why it matters
    /// A test that is not run proves nothing, and nobody notices that it was not run.
    ///
    /// ## Example
    /// ```yaml
    /// match:
    ///   - name: a user is created
    ///     eventName: CreateUser
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// match:
    ///   - name: a user is created
    ///     event:
    ///       eventName: CreateUser
    /// ```
    INVALID_TEST = "S0910" "invalid-test" Error;

    /// A key that test files do not have.
    ///
    /// ## What it does
    /// Reports unknown keys at the top of a test file and in its entries.
    ///
    /// ## Why it matters
    /// A misspelt `no_match` would leave out every test below it.
    ///
    /// ## Example
    /// ```yaml
    /// nomatch:
    ///   - name: a user is deleted
    ///     event: {eventName: DeleteUser}
    /// ```
    ///
    /// ## Use instead
    /// The keys are `match`, `no_match`, `rule` and `filters` at the top, and `name`, `event`, `events`, `file`, `rule`,
    /// `filters`, `source`, `license`, `synthetic` and `notes` in an entry.
    UNKNOWN_TEST_KEY = "S0911" "unknown-test-key" Error;

    /// A test file without a test.
    ///
    /// ## What it does
    /// Reports a test file that is empty, or whose lists are.
    ///
    /// ## Why it matters
    /// The rule looks tested and is not.
    ///
    /// ## Example
    /// ```yaml
    /// match: []
    /// no_match: []
    /// ```
    ///
    /// ## Use instead
    /// Add an event that must match and one that must not, or remove the file.
    EMPTY_TESTS = "S0912" "empty-tests" Error;

    /// A test file without a rule beside it.
    ///
    /// ## What it does
    /// Reports `x.test.yml` where there is no `x.yml` (or `x.yaml`) with a rule.
    ///
    /// ## Why it matters
    /// The rule was renamed or removed, and its tests are never run.
    ///
    /// ## Example
    /// ```yaml
    /// # iam_user_created.test.yml beside aws_iam_user_created.yml
    /// match:
    ///   - name: a user is created
    ///     event: {eventSource: iam.amazonaws.com, eventName: CreateUser}
    /// ```
    ///
    /// ## Use instead
    /// Rename the test file after its rule, or remove it.
    TESTS_WITHOUT_RULE = "S0913" "tests-without-rule" Error;

    /// A test that names no rule of the file, or should name one.
    ///
    /// ## What it does
    /// Reports `rule:` in a test file when no document of the rule file has that id or name, and its absence when the
    /// rule file holds several rules.
    ///
    /// ## Why it matters
    /// It is open which rule is tested.
    ///
    /// ## Example
    /// ```yaml
    /// rule: iam_user_create   # the rule is called iam_user_created
    /// match:
    ///   - name: a user is created
    ///     event: {eventSource: iam.amazonaws.com, eventName: CreateUser}
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// rule: iam_user_created
    /// match:
    ///   - name: a user is created
    ///     event: {eventSource: iam.amazonaws.com, eventName: CreateUser}
    /// ```
    UNKNOWN_TEST_RULE = "S0914" "unknown-test-rule" Error;

    /// A test that failed.
    ///
    /// ## What it does
    /// Reports an entry of `match` whose events the rule does not match, and one of `no_match` whose events it does.
    /// For an entry of `match` the help lists the parts of the rule that are false.
    ///
    /// ## Why it matters
    /// The rule does not mean what its author wrote down.
    ///
    /// ## Example
    /// ```yaml
    /// match:
    ///   - name: a user is created
    ///     event: {eventSource: iam.amazonaws.com, eventName: createuser2}
    /// ```
    ///
    /// ## Use instead
    /// Fix the rule or the event, whichever is wrong. `sigmata eval --explain` shows every part of the rule.
    TEST_FAILED = "S0915" "test-failed" Error;

    /// Events of a test that cannot be read.
    ///
    /// ## What it does
    /// Reports `file:` when the path leads out of the folder of the test file, when the file cannot be opened, when
    /// something in it is not an event or has a key twice in one object, and when it holds none.
    ///
    /// ## Why it matters
    /// Without its events the test says nothing.
    ///
    /// ## Example
    /// ```yaml
    /// match:
    ///   - name: a user is created
    ///     file: /var/log/trail.jsonl
    /// ```
    ///
    /// ## Use instead
    /// Put the file beside the test file or below it, and write the path from there, with `/`.
    UNREADABLE_EVENTS = "S0916" "unreadable-test-events" Error;

    /// An event of a test is of no log of the rule.
    ///
    /// ## What it does
    /// Reports an entry of `no_match` with an event that is of no log of the rule: no log of it recognises the event or has
    /// half of its fields, and the event has no field that the rule looks at. Of a recording (`file:`) that is reported
    /// where it holds of every event, since one day holds many logs.
    /// A rule about a log that no schema describes takes any event.
    ///
    /// ## Why it matters
    /// Such an event does not match, whatever the rule says: the test passes, and shows nothing.
    ///
    /// ## Example
    /// ```yaml
    /// no_match:          # of a rule about AWS CloudTrail
    ///   - name: a user is deleted
    ///     event: {eventsource: iam.amazonaws.com, eventname: DeleteUser}
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// no_match:
    ///   - name: a user is deleted
    ///     event: {eventSource: iam.amazonaws.com, eventName: DeleteUser}
    /// ```
    FOREIGN_EVENT = "S0917" "foreign-test-event" Error;

    /// Two rules that select the same events.
    ///
    /// ## What it does
    /// `sigmata overlap` reports a rule for which it is proved that it matches exactly the events of another.
    ///
    /// ## Why it matters
    /// Every alert comes twice, and whoever tunes one of the rules leaves the other as it was.
    ///
    /// ## Example
    /// ```yaml
    /// detection:            # and in another file
    ///     selection:        #     selection:
    ///         eventName:    #         eventName: CreateUser
    ///             - CreateUser
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Keep one of the two, or write down in both what sets them apart.
    SAME_RULE = "S0920" "same-rule" Warning;

    /// A rule whose events another rule matches as well.
    ///
    /// ## What it does
    /// `sigmata overlap` reports a rule for which it is proved that each of its events matches another rule too.
    /// A rule of a higher level than the wider one is only noted: that is why it exists.
    ///
    /// ## Why it matters
    /// While both are in use, the narrower one never adds an alert.
    ///
    /// ## Example
    /// ```yaml
    /// detection:                      # and in another file
    ///     selection:                  #     selection:
    ///         eventName: CreateUser   #         eventName: CreateUser
    ///         userIdentity.type: Root
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Give the narrower rule a higher level, exclude its events from the wider one, or remove it.
    COVERED_RULE = "S0921" "covered-rule" Warning;
}
