#pragma once
// What becomes of a message by what the stages that looked at its content found. Pure.
//
// The order: who wants it gone (a virus); who refuses it; who has to be asked again; its points.

#include <string>

#include "policyd/content_stage.h"
#include "site/spam.h"
#include "smtp/reply.h"

namespace policyd {

struct ContentVerdict {
    smtp::Reply reply{250, "2.6.0", "Message accepted"};
    bool discard = false;
    bool junk = false;
    std::string head;    // fields to be put on the message
    std::string told;    // what was found, for the log: "2.1 of 5 points; clamav: nothing; spamd 2.1: HTML_MESSAGE"
    std::string reason;  // of what was decided: "to junk: 7.2 points"; empty: it is taken as it is
};

/// `screening_score`: points that are there already. `is_strangers`: our own people are told why, where others are told
/// nothing.
ContentVerdict verdict_of(const site::Spam& settings, const ContentFindings& findings, double screening_score,
                          bool is_strangers);

/// "7.2", "-0.5", "5".
std::string points(double score);

}  // namespace policyd
