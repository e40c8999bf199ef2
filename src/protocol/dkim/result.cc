#include "dkim/result.h"

namespace dkim {

std::string_view to_text(Result result) {
    switch (result) {
        case Result::Pass: return "pass";
        case Result::Fail: return "fail";
        case Result::Neutral: return "neutral";
        case Result::Policy: return "policy";
        case Result::TempError: return "temperror";
        case Result::PermError: return "permerror";
    }
    return "";
}

}  // namespace dkim
