//! The findings that only the command line can make.

crate::codes! {
    /// A file that was named holds no Sigma document.
    ///
    /// ## What it does
    /// Reports a file that was named on the command line and is not a Sigma rule, correlation or filter, or that holds
    /// the tests of a rule. In a folder such files are passed over.
    ///
    /// ## Why it matters
    /// A pipeline that checks the wrong file is green for the wrong reason.
    ///
    /// ## Example
    /// ```yaml
    /// # docker-compose.yml
    /// services:
    ///     web:
    ///         image: nginx
    /// ```
    ///
    /// ## Use instead
    /// Name the rule, or a folder.
    NOT_A_RULE = "S0950" "not-a-rule" Error;

    /// A file or folder that cannot be read.
    ///
    /// ## What it does
    /// Reports every file and folder of a run that could not be opened or read: a link that leads nowhere, a folder
    /// without permission, a name that is not there. The rest is worked on, and the run ends with exit code 2.
    ///
    /// ## Why it matters
    /// Nothing is known of the rules in it, so a report without it would be green for what nobody looked at.
    ///
    /// ## Example
    /// ```sh
    /// ln -s nowhere.yml rules/moved.yml
    /// ```
    ///
    /// ## Use instead
    /// Fix or remove the link, give the permission, or leave the file out with `exclude`.
    UNREADABLE_FILE = "S0951" "unreadable-file" Error;

    /// A document that means something else than before.
    ///
    /// ## What it does
    /// `sigmata diff` reports each rule, correlation and filter that was added or removed, or whose meaning changed, with
    /// an event for each direction where there is one.
    ///
    /// ## Why it matters
    /// A change that reads like tidying up can make a rule blind to what it was written for.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName:      # was CreateUser alone
    ///             - CreateUser
    ///             - CreateRole
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Nothing, where the change is meant; else see by the event what the rule matches now, or no more.
    CHANGED_MEANING = "S0930" "changed-meaning" Warning;

    /// A rule that matches recorded events.
    ///
    /// ## What it does
    /// `sigmata eval` reports, in formats that hold findings alone, each rule that matches some event, with the first of
    /// them; text and JSON list every match in place of it.
    ///
    /// ## Why it matters
    /// Over a recording of an attack it says that the rule works, over an ordinary day how loud it is.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     userAgent: x
    /// ```
    ///
    /// ## Use instead
    /// Nothing: it is what was asked for.
    RULE_MATCHES = "S0942" "rule-matches" Info;
}
