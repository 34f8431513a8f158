"""The six worked examples of the language, as texts that several tests carry out."""

PARALLEL = r"""
yawl: "1.0"
start: collect
steps:
  collect:
    parallel:
      branches:
        users: {start: fetch_users, steps: {fetch_users: {httpCall: {url: "http://h/users", output: '\({users: .})'}}}}
        posts: {start: fetch_posts, steps: {fetch_posts: {httpCall: {url: "http://h/posts", output: '\({posts: .})'}}}}
"""

FOREACH = r"""
yawl: "1.0"
start: get_list
steps:
  get_list:
    httpCall: {url: 'http://h/\(.resource)', output: '\({items: .})', next: each}
  each:
    foreach:
      input: \(.items)
      output: '\({names: map(.name), n: length})'
      next: report
      do:
        start: detail
        steps:
          detail: {httpCall: {url: 'http://h/item/\(.id)', output: '\({detail: .})', next: shape}}
          shape: {noOp: {output: '\({name: (.detail.first + " of " + $global.resource)})'}}
  report:
    noOp: {output: '\({text: "\(.n) names: \(.names | join(", "))", resource})'}
"""

SWITCH = r"""
yawl: "1.0"
start: a
steps:
  a: {noOp: {output: '\({strings: ["d","e"]})', next: pick}}
  pick:
    switch:
      choices:
        - {condition: '.n > 10', next: big}
        - {condition: '.n > 5', next: mid}
  big: {noOp: {output: '\({size: "big"})'}}
  mid: {noOp: {output: '\({size: "mid", strings, seen: .input.n})'}}
"""

RETRY = r"""
yawl: "1.0"
start: flaky
steps:
  flaky:
    httpCall:
      url: http://h/flaky
      method: POST
      body: '\({who: .name})'
      retryPolicy: {errorList: [HTTP_CALL_503], retryCount: 3, initialDelay: 2s, backoffRate: 3, maxDelay: 5s}
      output: '\({ok: .done})'
      next: missing
  missing:
    httpCall:
      url: http://h/missing
      retryPolicy: {errorList: [HTTP_CALL_404], errorListMode: EXCLUDE, retryCount: 5}
      next: never
      catch:
        - {errorList: [HTTP_CALL_500], output: '\({x: 1})', next: never}
        - {errorList: [HTTP_CALL_404], output: '\({problem: .error})', next: done}
  never: {noOp: {}}
  done: {noOp: {output: '\({ok, problem})'}}
"""

FAIL = r"""
yawl: "1.0"
start: both
steps:
  both:
    parallel:
      concurrency: 1
      branches:
        quick: {start: note, steps: {note: {noOp: {output: '\({noted: .order})'}}}}
        check:
          start: verify
          steps:
            verify: {switch: {choices: [{condition: '.order | type == "number"', next: fine}], default: {next: bad}}}
            fine: {noOp: {}}
            bad: {fail: {errorMessage: 'order is \(.order | type), want number'}}
      next: after
  after: {noOp: {}}
"""

WHILE = r"""
yawl: "1.0"
start: init
steps:
  init: {noOp: {output: '\({total: 0, list: .input})', next: loop}}
  loop:
    while:
      input: '\({total, item: .list[$counter]})'
      condition: .item != null and $counter < 10
      do:
        start: pause
        steps:
          pause: {wait: {duration: "0", next: add}}
          add: {noOp: {output: '\({total: (.total + .item)})'}}
      next: say
  say: {noOp: {output: '\({message: "sum=\(.total)"})'}}
"""
