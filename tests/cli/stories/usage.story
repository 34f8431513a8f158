# What is said wrongly is exit 1, never 2: that would read as "there are changes".

$ declarative
! Usage: declarative [OPTIONS] COMMAND [ARGS]...
!
!  Declare workflow executions in YAML; plan, apply and check them.
!
!  A configuration is a directory with a declarative.yaml. Begin with
!  `declarative init`.
!
! Options:
!  --version  Show the version and exit.
!  -C DIR  Work in this directory.
!  --env NAME  The environment to use.
!  --json  Machine-readable output.
!  --no-color  No colours, whatever the terminal.
!  -v, --verbose  Say more.
!  -h, --help  Show this message and exit.
!
! Commands:
!  init  Write a small working configuration; where there is one,...
!  validate  Check the files: all problems in one run, with their places.
!  schema  Print a JSON Schema: of the configuration, the plan, the...
!  version  Print the version.
!  plan  Show what apply would start and stop, and why.
!  apply  Start and stop executions until they are as declared, as...
!  destroy  Stop every execution of this configuration.
!  status  Show where every declared execution stands.
!  show  Show one execution, with the decision and its evidence,...
!  history  Show the steps of an execution: type, status, attempts,...
!  wait  Wait until executions have settled.
!  drift  Tell what moved since the last apply.
!  output  Print outputs, or one of them as it is.
!  graph  Draw who waits for whom.
!  serve  Answer the service's Execution API from the embedded...
!  import  Bind an execution that somebody else started to a...
!  accept  Declare ended executions finished.
!  suspend  Leave executions alone, in every plan, until they are...
!  resume  Take suspended executions up again; the next apply does...
!  state  Look at the state, and mend it.
!  force-unlock  Free a lock whose holder is gone.
= 1
$ declarative plna
!
! Error: There is no command plna. Did you mean "plan"?
!
! hint: `declarative --help` shows what it takes.
= 1
$ declarative refresh
!
! Error: There is no command refresh: `drift` shows what moved; `apply` writes outcomes down.
!
! hint: `declarative --help` shows what it takes.
= 1
$ declarative taint x
!
! Error: There is no command taint: use `apply --replace ADDR` to run an execution again.
!
! hint: `declarative --help` shows what it takes.
= 1
$ declarative workspace list
!
! Error: There is no command workspace: use `environments:` in the file and `--env NAME`.
!
! hint: `declarative --help` shows what it takes.
= 1
$ declarative fmt
!
! Error: There is no command fmt: files are plain YAML: any YAML formatter keeps them tidy.
!
! hint: `declarative --help` shows what it takes.
= 1
$ declarative nonsense
!
! Error: There is no command nonsense. `declarative --help` lists them.
!
! hint: `declarative --help` shows what it takes.
= 1
$ declarative plan --nonsense
!
! Error: No such option '--nonsense'.
!
! hint: `declarative plan --help` shows what it takes.
= 1
$ declarative plan -nonsense
!
! Error: No such option: -nonsense. Options of several letters take two dashes.
!
! hint: `declarative plan --help` shows what it takes.
= 1
$ declarative plan -vv
!
! Error: No such option: -vv. Options of several letters take two dashes.
!
! hint: `declarative plan --help` shows what it takes.
= 1
$ declarative plan -oout
!
! Error: No such option: -oout. Options of several letters take two dashes.
!
! hint: `declarative plan --help` shows what it takes.
= 1
$ declarative plan extra
!
! Error: Got unexpected extra argument (extra)
!
! hint: `declarative plan --help` shows what it takes.
= 1
$ declarative plan --refresh=sometimes
!
! Error: Invalid value for '--refresh': 'sometimes' is not one of 'active', 'full', 'none'.
!
! hint: `declarative plan --help` shows what it takes.
= 1
$ declarative apply --timeout soon
!
! Error: 'soon' is not a duration
!
! hint: Write 90s, 2m, 1h30m or 1d.
= 1
$ declarative apply --var x
!
! Error: --var takes NAME=VALUE
!
! hint: Write the name, = and the value without spaces between them.
= 1
$ declarative plan -lock=false
!
! Error: No such option: -lock. Options of several letters take two dashes.
!
! hint: `declarative plan --help` shows what it takes.
= 1
$ declarative plan -refresh-only
!
! Error: No such option: -refresh-only. Use `declarative drift`: it reports what moved and changes nothing.
!
! hint: `declarative plan --help` shows what it takes.
= 1
$ declarative history
!
! Error: Missing argument 'ADDRESS'.
!
! hint: `declarative history --help` shows what it takes.
= 1
$ declarative version
| declarative 0.1.0
= 0
$ declarative --version
| declarative, version 0.1.0
= 0
$ declarative version --json
| {"declarative_version":"0.1.0","python_version":"3.11.7"}
= 0
