// Against the modules of this machine, by service files of our own.
#include "authd/pam.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "authd/verdict.h"

namespace authd {
namespace {

class Pam : public testing::Test {
protected:
    Pam() {
        char made[] = "/tmp/pam-XXXXXX";
        folder = ::mkdtemp(made);
    }
    ~Pam() override { static_cast<void>(std::system(("rm -rf " + folder).c_str())); }
    PamAnswer ask(const std::string& lines, const std::string& user = "somebody",
                  const std::string& password = "right") {
        std::ofstream(folder + "/hermod") << lines;
        return ask_pam("hermod", {.user = user, .password = password}, folder);
    }
    /// A module that asks for the password and compares it.
    std::string comparing(const std::string& password) {
        const auto program = folder + "/compare-" + password;
        std::ofstream(program) << "#!/bin/sh\ngiven=\"$(tr -d '\\000')\"\n[ \"$given\" = '" << password
                               << "' ] && [ -z \"$(env | grep -F \"$given\")\" ]\n";
        static_cast<void>(std::system(("chmod 755 " + program).c_str()));
        return "auth sufficient pam_exec.so quiet expose_authtok " + program + "\nauth required pam_deny.so\n";
    }
    std::string folder;
    const std::string anybody = "account required pam_permit.so\n";
};

TEST_F(Pam, IsAskedAboutThePasswordAndTheAccount) {
    struct Case {
        std::string lines;
        int status;
    };
    const Case cases[] = {
        {"auth required pam_permit.so\n" + anybody, status_yes},
        {"auth required pam_deny.so\n" + anybody, status_no},
        {"auth required pam_permit.so\naccount required pam_deny.so\n", status_no},
        {"auth required pam_permit.so\naccount required pam_succeed_if.so quiet uid < 0\n", status_no},
        {comparing("right") + anybody, status_yes},
        {comparing("other") + anybody, status_no},
        {"auth required pam_there_is_no_such_module.so\n" + anybody, status_later},
    };
    for (const auto& [lines, status] : cases) {
        SCOPED_TRACE(lines);
        const auto answer = ask(lines, "nobody");
        EXPECT_EQ(answer.status, status) << answer.why;
        EXPECT_EQ(answer.why.empty(), status != status_later);
        EXPECT_EQ(answer.why.find("right"), std::string::npos);
    }
}

TEST_F(Pam, NobodyIsLetInAsRoot) {
    const auto anybody_at_all = "auth required pam_permit.so\n" + anybody;
    EXPECT_EQ(ask(anybody_at_all, "root").status, status_no);
    EXPECT_EQ(ask(anybody_at_all, "").status, status_no);
    EXPECT_EQ(ask(anybody_at_all, "nobody").status, status_yes);
}

}  // namespace
}  // namespace authd
