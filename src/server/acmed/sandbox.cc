#include "acmed/sandbox.h"

namespace acmed {

// It talks to the authority and answers its questions, so strangers reach it from both sides; what they can get is the
// folder with the certificate. It runs no programs: runner calls the hook, and knows by itself which one.
sandbox::Policy policy() {
    using enum sandbox::May;
    sandbox::Policy policy;
    policy.may = Accept | Connect | ReadFiles | WriteFiles;
    policy.connects_tcp = true;
    policy.root = process::Directory::Purpose::State;
    policy.reach.push_back({.access = sandbox::Reach::Access::Write, .purpose = policy.root});
    policy.open_files = 1024;
    policy.processes = 1;
    return policy;
}

}  // namespace acmed
