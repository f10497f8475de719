d = {'settings': {'branch': 'main', 'doc_baseurl': '/infsubopt', 'doc_host': 'https://infsubopt.github.io', 'git_url': 'https://github.com/infsubopt/infsubopt', 'lib_path': 'infsubopt'}, 'syms': {}}
