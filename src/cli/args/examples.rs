//! Examples that the help of each command ends with.

pub const CHECK: &str = "\
Examples:
  sigmata check rules                         every rule of a folder
  sigmata check --fix rules                   fix what is safe, report the rest
  sigmata check --diff --unsafe-fixes rules   what all fixes would change
  sigmata check --changed-since origin/main   only what a branch changed
  sigmata check --format github --output-file sarif=sigmata.sarif
  sigmata check --baseline known.json --update-baseline
  sigmata check - --stdin-filename rules/x.yml < x.yml";

pub const COMPILE: &str = "\
Examples:
  sigmata compile rules/x.yml -t kql          one query, ready to be pasted
  sigmata compile rules -t kql,spl -o queries  one file per rule and language
  sigmata compile rules --format json         for programs, with notes
  sigmata compile x.yml -t kql:xdr            for Microsoft Defender
  sigmata compile rules -t spl --index cloud";

pub const EVAL: &str = "\
Examples:
  sigmata eval rules --events trail/          every file, gzip and zstd too
  sigmata eval rules --events a.jsonl.zst --since 2026-11-01 --until 2026-12-01
  sigmata eval rules --events export.json --at /result  events in a member
  zcat *.gz | sigmata eval rules --events - --format jsonl
  sigmata eval x.yml --events e.json --explain  why it matches, or not";

pub const WITNESS: &str = "\
Examples:
  sigmata witness rules/x.yml                 events that match, and near misses
  sigmata witness rules --as-tests            as tests, where a rule has none
  sigmata witness x.yml --format jsonl --seed 7
  sigmata witness x.yml --as-regression regression_data";

pub const DIFF: &str = "\
Examples:
  sigmata diff old.yml new.yml                wider, narrower or the same
  sigmata diff --rev HEAD~1 rules             what a commit changed
  sigmata diff --rev origin/main rules --format json";

pub const OVERLAP: &str = "\
Examples:
  sigmata overlap rules                       what another rule matches too
  sigmata overlap rules --fail-on warning --format github";

pub const JSON: &str = "\
Examples:
  sigmata schema json aws/cloudtrail > .vscode/cloudtrail.schema.json
  sigmata schema json okta --event user.session.start";

pub const TEST: &str = "\
Examples:
  sigmata test rules                          x.test.yml beside each x.yml
  sigmata test rules --filter root --require-tests
  sigmata test rules --coverage               parts that no test makes true
  sigmata test rules --format junit > tests.xml";

pub const FMT: &str = "\
Examples:
  sigmata fmt                                 every rule of this folder
  sigmata fmt --check rules                   exit code 1 where some are not
  sigmata fmt --diff rules/x.yml              what would change
  sigmata fmt - < x.yml                       standard input to standard output";

pub const EXPLAIN: &str = "\
Examples:
  sigmata explain                             every code
  sigmata explain S0433
  sigmata explain unknown-value";

pub const SCHEMA: &str = "\
Examples:
  sigmata schema list                         the logs
  sigmata schema show okta                    the fields of a log
  sigmata schema infer events.jsonl --name acme/audit > schemas/acme.yaml";

pub const SCHEMA_LIST: &str = "\
Examples:
  sigmata schema list                         every log and its log source
  sigmata schema list | grep azure            those of a product";

pub const VERSION: &str = "\
Examples:
  sigmata version";

pub const CONFIG: &str = "\
Examples:
  sigmata config show                         what holds here
  sigmata config schema > sigmata.schema.json  for an editor";

pub const SHOW: &str = "\
Examples:
  sigmata schema show okta                    the fields of a log
  sigmata schema show aws --event CreateUser  what such events hold
  sigmata schema show aws requestParameters.roleArn  which events have a field
  sigmata schema show okta --find mfa         fields and values with a word
  sigmata schema show aws eventName --matches 'Create*User'
  sigmata schema show aws --event CreateUser --example  an example event";

pub const INFER: &str = "\
Examples:
  sigmata schema infer events.jsonl --name acme/audit > schemas/acme.yaml
  zcat *.gz | sigmata schema infer - --at /detail";

pub const DRIFT: &str = "\
Examples:
  sigmata schema drift --schema okta/okta events.jsonl
  sigmata schema drift --schema aws/cloudtrail trail/ --format json";

pub const CONFIG_SHOW: &str = "\
Examples:
  sigmata config show                         what holds here
  sigmata config show rules/legacy/x.yml      what holds for a rule";

pub const CONFIG_SCHEMA: &str = "\
Examples:
  sigmata config schema > sigmata.schema.json  for an editor";

pub const COMPLETIONS: &str = "\
Examples:
  sigmata completions bash > /etc/bash_completion.d/sigmata
  sigmata completions zsh > ~/.zfunc/_sigmata
  sigmata completions fish > ~/.config/fish/completions/sigmata.fish";

pub const MAN: &str = "\
Examples:
  sigmata man | man -l -                      the page of sigmata
  sigmata man check | man -l -                the page of a command
  sigmata man --output man1                   every page as a file";

pub const NEW: &str = "\
Examples:
  sigmata new                                 asks for log, event and technique
  sigmata new okta --event user.account.privilege.grant --technique T1098.003
  sigmata new aws --event iam.amazonaws.com/CreateUser -o rules/created.yml
  sigmata new github --event org.add_member -o -  prints the rule";

pub const INIT: &str = "\
Examples:
  sigmata init                                settings, workflow, first rule
  sigmata init detections --log okta --event user.lifecycle.create";
