import { RELAY_PORT, SANDBOX } from './sandbox-layout.ts';

/** The first process of a sandbox: puts the kubeconfig where it can be changed, starts the relay, becomes bash. */
export const INIT_SCRIPT = `#!/bin/bash
umask 022
printf '%s\\n' "$(< ${SANDBOX.session}/kubeconfig)" > "$KUBECONFIG"
setsid socat -t 86400 TCP4-LISTEN:${RELAY_PORT},bind=127.0.0.1,reuseaddr,fork,max-children=64 \\
  UNIX-CONNECT:${SANDBOX.session}/relay.sock < /dev/null > /dev/null 2>&1 &
for _ in {1..100}; do
  [[ $(< /proc/net/tcp) == *0100007F:${RELAY_PORT.toString(16).toUpperCase()}* ]] && break
  sleep 0.01
done
exec bash --rcfile ${SANDBOX.etc}/curfew/bashrc -i
`;

/** What an interactive bash starts with. It says nothing of the time: the page shows that, outside of the terminal. */
export const BASHRC = `shopt -s checkwinsize histappend extglob
HISTFILE=~/.bash_history HISTSIZE=10000 HISTFILESIZE=10000 HISTCONTROL=ignoreboth
PS1='\\[\\e[36m\\]\${CURFEW_CLUSTER}\\[\\e[0m\\]:\\w\\$ '
PROMPT_DIRTRIM=3
alias k=kubectl ls='ls --color=auto' ll='ls -l'
# Not every grep knows colours.
grep -q --color=auto . <<< x 2> /dev/null && alias grep='grep --color=auto'
. ${SANDBOX.etc}/curfew/completion.bash
printf 'Connected to the cluster %s. kubectl is ready, also as k; Tab completes.\\n' "$CURFEW_CLUSTER"
printf 'This shell ends with your Kubernetes session; the page shows how long is left.\\n'
`;

/**
 * Completion for kubectl and its alias. kubectl's own script is read at the first Tab, not at the start. It builds on
 * functions of the bash-completion package, which need not be installed: the three that it calls are here.
 */
export const COMPLETION = `_load_kubectl_completion() {
  # Made beforehand where many shells share a kubectl; in a pod kubectl makes it now.
  . ${SANDBOX.etc}/curfew/kubectl-completion.bash 2> /dev/null || . <(kubectl completion bash 2> /dev/null)
  declare -F __start_kubectl > /dev/null || return 1
  complete -o default -F __start_kubectl kubectl k
  return 124
}
complete -F _load_kubectl_completion kubectl k

# Sets cur, prev, words and cword, with words that bash split at the characters after -n joined again.
_get_comp_words_by_ref() {
  local excluded= index part gap joined=-1 glue= rest=$COMP_LINE
  while (($#)); do [[ $1 == -n ]] && { excluded=$2; shift; }; shift; done
  words=() cword=0
  for index in "\${!COMP_WORDS[@]}"; do
    part=\${COMP_WORDS[index]}
    gap=\${rest%%[![:space:]]*}
    rest=\${rest#"$gap"}
    rest=\${rest#"$part"}
    if ((joined >= 0)) && [[ -z $gap && -n $excluded && ( -n $glue || $part == +([$excluded]) ) ]]; then
      words[joined]+=$part
    else
      words[++joined]=$part
    fi
    glue=
    [[ -n $excluded && $part == +([$excluded]) ]] && glue=1
    ((index == COMP_CWORD)) && cword=$joined
  done
  cur=\${words[cword]}
  prev=
  ((cword > 0)) && prev=\${words[cword - 1]}
  return 0
}

# Takes from COMPREPLY what readline will not replace: everything up to the last colon of the word.
__ltrim_colon_completions() {
  local prefix=\${1%"\${1##*:}"} index
  [[ $1 == *:* && $COMP_WORDBREAKS == *:* ]] || return 0
  for index in "\${!COMPREPLY[@]}"; do COMPREPLY[index]=\${COMPREPLY[index]#"$prefix"}; done
}

# File names; with -d folders only. A pattern of extensions is not applied.
_filedir() {
  local kind=-f
  [[ $1 == -d ]] && kind=-d
  compopt -o filenames 2> /dev/null
  mapfile -t COMPREPLY < <(compgen "$kind" -- "$cur")
}
`;
