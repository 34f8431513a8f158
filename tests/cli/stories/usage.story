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
!  init  Write a small working configuration; where there is one, check
!  it.
!  validate  Check the files: all problems in one run, with their places.
!  schema  Print a JSON Schema: of the configuration, the plan, the
!  state, or the event stream.
!  version  Print the version, the providers, and which optional parts are
!  installed.
!  completion  Print the script that completes commands, options and
!  addresses in a shell.
!  plan  Show what apply would start and stop, and why.
!  apply  Start and stop executions until they are as declared, as far
!  as that can go now.
!  destroy  Stop every execution of this configuration.
!  status  Show where every declared execution stands.
!  show  Show one execution, with the decision and its evidence, or a
!  saved plan.
!  history  Show the steps of an execution: type, status, attempts,
!  duration, error.
!  wait  Wait until executions have settled.
!  drift  Tell what moved since the last apply.
!  output  Print outputs, or one of them as it is.
!  graph  Draw who waits for whom.
!  serve  Answer the service's Execution API from the embedded engine,
!  until interrupted.
!  import  Bind an execution that somebody else started to a declared
!  address.
!  accept  Declare ended executions finished.
!  suspend  Leave executions alone, in every plan, until they are resumed.
!  resume  Take suspended executions up again; the next apply does what
!  is declared.
!  state  Look at the state, and mend it.
!  force-unlock  Free a lock whose holder is gone.
= 1
$ declarative plna
!
! Error: There is no command plna
!
! hint: Did you mean "plan"?
= 1
$ declarative refresh
!
! Error: There is no command refresh
!
! hint: `declarative drift` shows what moved; `declarative apply` writes
! outcomes down.
= 1
$ declarative taint x
!
! Error: There is no command taint
!
! hint: `declarative apply --replace ADDR` runs an execution again.
= 1
$ declarative workspace list
!
! Error: There is no command workspace
!
! hint: `environments:` in the file have a state each; choose with `--env NAME`.
= 1
$ declarative fmt
!
! Error: There is no command fmt
!
! hint: Files are plain YAML: any YAML formatter keeps them tidy.
= 1
$ declarative nonsense
!
! Error: There is no command nonsense
!
! hint: `declarative --help` lists them.
= 1
$ declarative plan --nonsense
!
! Error: No such option '--nonsense'.
!
! hint: `declarative plan --help` shows what it takes.
= 1
$ declarative plan -nonsense
!
! Error: No such option: -nonsense
!
! hint: Options of several letters take two dashes. `declarative plan --help`
! shows what it takes.
= 1
$ declarative plan -vv
!
! Error: No such option: -vv
!
! hint: Did you mean "-v"?
= 1
$ declarative plan -oout
!
! Error: No such option: -oout
!
! hint: Did you mean "--out"?
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
$ declarative import -lock=false load x
!
! Error: No such option: -lock
!
! hint: This command takes the lock and never waits for it; `declarative state
! lock` shows who holds it.
= 1
$ declarative plan -refresh-only
!
! Error: No such option: -refresh-only
!
! hint: `declarative drift` reports what moved; `apply` writes outcomes down.
= 1
$ declarative history
!
! Error: Missing argument 'ADDR'.
!
! hint: `declarative history --help` shows what it takes.
= 1
$ declarative --version
| declarative, version 0.1.0
= 0
$ declarative plan --refresh-only
!
! Error: No such option: -refresh-only
!
! hint: `declarative drift` reports what moved; `apply` writes outcomes down.
= 1
$ declarative init -upgrade
!
! Error: No such option: -upgrade
!
! hint: There is nothing to upgrade: providers are Python packages. Leave it
! out.
= 1
$ declarative init -backend-config=bucket=x
!
! Error: No such option: -backend-config
!
! hint: It belongs to the commands that read state: plan, apply, drift, status,
! ...
= 1
$ declarative destroy -force
!
! Error: No such option: -force
!
! hint: `--auto-approve` does not ask.
= 1
$ declarative state show load
!
! Error: There is no command state show
!
! hint: `declarative show ADDR` shows what state keeps, and what was decided
! from it.
= 1
$ declarative state lst
!
! Error: There is no command state lst
!
! hint: Did you mean "list"?
= 1
$ declarative help version
| Usage: declarative version [OPTIONS]
|
|   Print the version, the providers, and which optional parts are installed.
|
| Options:
|   -C DIR  Work in this directory.
|   --env NAME  The environment to use.
|   --json  Machine-readable output.
|   --no-color  No colours, whatever the terminal.
|   -v, --verbose  Say more.
|   -h, --help  Show this message and exit.
= 0
$ declarative completion tcsh
!
! Error: Invalid value for '{bash|zsh|fish}': 'tcsh' is not one of 'bash', 'zsh', 'fish'.
!
! hint: `declarative completion --help` shows what it takes.
= 1
