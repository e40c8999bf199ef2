#pragma once
// The standards of sender authentication from the command line: `hermod spf`, `hermod srs`, `hermod dkim`, `hermod
// dmarc`, `hermod arc`, `hermod auth`. They do for one message, or one address, what a server does, and tell what they
// find; no server is needed.

#include <span>

namespace authentication {

/// 0: pass; 1: another result; 2: asked wrongly; 75: the DNS did not answer.
int run_spf(std::span<char*> arguments);
/// 0: rewritten; 1: it must be refused; 2: asked wrongly.
int run_srs(std::span<char*> arguments);
/// verify: 0: a signature passes; 1: none does; 75: the DNS did not answer. The others: 0: done; 1: the message cannot
/// be signed. 2: asked wrongly.
int run_dkim(std::span<char*> arguments);
/// 0: pass; 1: another result; 2: asked wrongly; 75: temperror.
int run_dmarc(std::span<char*> arguments);
/// 0: the chain passes, or another set is printed; 1: not so; 2: asked wrongly; 75: the DNS did not answer.
int run_arc(std::span<char*> arguments);
/// All of them for one message. 0: DMARC passes; 1: it does not; 2: asked wrongly; 75: temperror.
int run_auth(std::span<char*> arguments);

}  // namespace authentication
