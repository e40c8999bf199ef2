#include "authd/pam.h"

#include <pwd.h>
#include <security/pam_appl.h>

#include <cstdlib>
#include <cstring>

#include "authd/verdict.h"

namespace authd {
namespace {

/// The answers to what modules ask for. They belong to the modules, who free them.
int converse(int count, const pam_message** messages, pam_response** responses, void* data) {
    const auto& check = *static_cast<const Check*>(data);
    if (count <= 0 || count > PAM_MAX_NUM_MSG) return PAM_CONV_ERR;
    auto* const answers =
        static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    if (!answers) return PAM_BUF_ERR;
    for (int i = 0; i < count; ++i) {
        if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF) answers[i].resp = ::strdup(check.password.c_str());
        if (messages[i]->msg_style == PAM_PROMPT_ECHO_ON) answers[i].resp = ::strdup(check.user.c_str());
    }
    *responses = answers;
    return PAM_SUCCESS;
}

// How late a failure is answered, directory decides for all of them alike.
void no_delay(int, unsigned, void*) {}

int status_of(int result) {
    switch (result) {
        case PAM_SUCCESS: return status_yes;
        case PAM_AUTH_ERR:
        case PAM_USER_UNKNOWN:
        case PAM_PERM_DENIED:
        case PAM_MAXTRIES:
        case PAM_CRED_INSUFFICIENT:
        case PAM_CRED_EXPIRED:
        case PAM_ACCT_EXPIRED:
        case PAM_AUTHTOK_EXPIRED:
        case PAM_NEW_AUTHTOK_REQD:  // a mail program cannot ask for a new one
            return status_no;
        default: return status_later;
    }
}

/// Hostile: whatever the modules think, nobody comes in as root by mail.
bool is_root(const std::string& user) {
    const passwd* const found = ::getpwnam(user.c_str());
    return found && found->pw_uid == 0;
}

}  // namespace

PamAnswer ask_pam(const std::string& service, const Check& check, const std::string& confdir) {
    if (check.user.empty() || is_root(check.user)) return {.status = status_no, .why = {}};
    const pam_conv conversation{&converse, const_cast<Check*>(&check)};
    pam_handle_t* pam = nullptr;
    int result = ::pam_start_confdir(service.c_str(), check.user.c_str(), &conversation,
                                     confdir.empty() ? nullptr : confdir.c_str(), &pam);
    if (result != PAM_SUCCESS) return {.status = status_later, .why = "PAM does not start"};
    const char* const purpose = check.purpose == directory::Purpose::Pop3 ? "pop3" : "submission";
    ::pam_set_item(pam, PAM_TTY, purpose);  // pam_access and pam_time tell places apart by it
    ::pam_set_item(pam, PAM_FAIL_DELAY, reinterpret_cast<const void*>(&no_delay));
    result = ::pam_authenticate(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
    if (result == PAM_SUCCESS) result = ::pam_acct_mgmt(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
    PamAnswer answer{.status = status_of(result), .why = {}};
    if (answer.status == status_later) answer.why = std::string("PAM: ") + ::pam_strerror(pam, result);
    ::pam_end(pam, result);
    return answer;
}

}  // namespace authd
