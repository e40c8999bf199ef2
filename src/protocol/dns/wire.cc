#include "dns/wire.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "dns/wire_format.h"
#include "lang/try.h"

namespace dns {
namespace {

using Code = WireError::Code;
template <typename T>
using Parsed = std::expected<T, WireError>;

/// Reads a packet from left to right; names may point back to what was read before.
class Reader {
public:
    explicit Reader(std::string_view packet) : packet_(packet), end_(packet.size()) {}

    std::size_t offset() const { return offset_; }
    std::unexpected<WireError> fail(Code code) const { return std::unexpected(WireError{code, offset_}); }

    Parsed<std::string_view> take(std::size_t length) {
        if (end_ - offset_ < length) return fail(Code::Truncated);
        const auto octets = packet_.substr(offset_, length);
        offset_ += length;
        return octets;
    }
    Parsed<std::uint32_t> take_number(std::size_t octets) {
        std::uint32_t number = 0;
        for (char c : TRY(take(octets))) number = number << 8 | static_cast<unsigned char>(c);
        return number;
    }
    Parsed<std::uint8_t> take_u8() { return static_cast<std::uint8_t>(TRY(take_number(1))); }
    Parsed<std::uint16_t> take_u16() { return static_cast<std::uint16_t>(TRY(take_number(2))); }

    Parsed<Name> take_name();

    /// The data of a record, which must be read to its end.
    template <typename Read>
    auto within(std::size_t length, Read read) -> decltype(read(*this)) {
        if (end_ - offset_ < length) return fail(Code::Truncated);
        Reader data = *this;
        data.end_ = offset_ + length;
        auto value = read(data);
        if (value && data.offset_ != data.end_) return data.fail(Code::BadData);
        offset_ += length;
        return value;
    }

private:
    Parsed<std::optional<std::size_t>> take_labels(std::vector<std::string_view>& labels, std::size_t& wire_length);

    std::string_view packet_;
    std::size_t offset_ = 0;
    std::size_t end_;
};

// RFC 1035 §4.1.4. Hostile: each pointer must lead to before the part of the name it stands in, so there is no loop,
// and a name that gets longer than 255 octets is given up.
Parsed<Name> Reader::take_name() {
    std::vector<std::string_view> labels;
    std::size_t wire_length = 1;
    Reader at = *this;
    std::size_t first = offset_;  // where the part of the name begins that `at` is in
    bool has_jumped = false;
    while (const auto target = TRY(at.take_labels(labels, wire_length))) {
        if (!std::exchange(has_jumped, true)) offset_ = at.offset_;
        if (*target >= first) return fail(Code::CompressionLoop);
        at.end_ = packet_.size();
        at.offset_ = first = *target;
    }
    if (!has_jumped) offset_ = at.offset_;
    const auto name = name_of(labels);
    if (!name) return fail(Code::BadName);
    return *name;
}

/// Up to the end of the name, or to a pointer: where that leads.
Parsed<std::optional<std::size_t>> Reader::take_labels(std::vector<std::string_view>& labels,
                                                       std::size_t& wire_length) {
    for (;;) {
        const std::size_t length = TRY(take_u8());
        if (length == 0) return std::nullopt;
        if (length >= 0xc0) return (length & 0x3f) << 8 | TRY(take_u8());
        wire_length += 1 + length;
        if (length > longest_label || wire_length > longest_name) return fail(Code::BadName);
        labels.push_back(TRY(take(length)));
    }
}

Parsed<Value> take_a(Reader& in) {
    std::array<std::uint8_t, 4> octets{};
    std::ranges::copy(TRY(in.take(octets.size())), octets.begin());
    return Host{ip::v4(octets)};
}

Parsed<Value> take_aaaa(Reader& in) {
    std::array<std::uint8_t, 16> octets{};
    std::ranges::copy(TRY(in.take(octets.size())), octets.begin());
    return Host{ip::v6(octets)};
}

Parsed<Value> take_alias(Reader& in) { return Alias{TRY(in.take_name())}; }

Parsed<Value> take_mx(Reader& in) {
    const auto preference = TRY(in.take_u16());
    return Mx{preference, TRY(in.take_name())};
}

// *( <character-string> )          RFC 1035 §3.3.14
Parsed<Value> take_txt(Reader& in, std::size_t length) {
    Txt txt;
    const auto end = in.offset() + length;
    while (in.offset() < end) {
        const std::size_t string_length = TRY(in.take_u8());
        txt.strings.emplace_back(TRY(in.take(string_length)));
    }
    return txt;
}

Parsed<Value> take_tlsa(Reader& in, std::size_t length) {
    if (length < 3) return in.fail(Code::BadData);
    Tlsa tlsa;
    tlsa.usage = TRY(in.take_u8());
    tlsa.selector = TRY(in.take_u8());
    tlsa.matching_type = TRY(in.take_u8());
    tlsa.association = TRY(in.take(length - 3));
    return tlsa;
}

Parsed<Value> take_value(Reader& in, Type type, std::size_t length) {
    switch (type) {
        case Type::A: return take_a(in);
        case Type::Aaaa: return take_aaaa(in);
        case Type::Ns:
        case Type::Cname:
        case Type::Ptr: return take_alias(in);
        case Type::Mx: return take_mx(in);
        case Type::Txt: return take_txt(in, length);
        case Type::Tlsa: return take_tlsa(in, length);
        case Type::Soa: break;
    }
    return Opaque{std::string(TRY(in.take(length)))};
}

struct AnyRecord {
    std::uint16_t record_class = 0;
    Record record;
};

Parsed<AnyRecord> take_record(Reader& in) {
    AnyRecord any;
    any.record.name = TRY(in.take_name());
    any.record.type = Type(TRY(in.take_u16()));
    any.record_class = TRY(in.take_u16());
    const auto ttl = TRY(in.take_number(4));
    any.record.ttl = ttl > 0x7fffffff ? 0 : ttl;  // RFC 2181 §8
    const std::size_t length = TRY(in.take_u16());
    const bool is_known = any.record_class == class_in;
    any.record.value = TRY(in.within(
        length, [&](Reader& data) { return take_value(data, is_known ? any.record.type : type_opt, length); }));
    if (any.record.type == type_opt) any.record.ttl = ttl;
    return any;
}

/// A section's records of class IN; of an OPT record only the upper bits of the response code matter to us.
Parsed<std::vector<Record>> take_section(Reader& in, std::size_t count, Packet& packet) {
    std::vector<Record> records;
    for (std::size_t i = 0; i < count; ++i) {
        AnyRecord any = TRY(take_record(in));
        if (any.record.type == type_opt) {
            if (any.record.ttl >> 24 != 0) packet.rcode = Rcode::ServFail;  // BADVERS and its like
        } else if (any.record_class == class_in) {
            records.push_back(std::move(any.record));
        }
    }
    return records;
}

Parsed<void> take_questions(Reader& in, std::size_t count, Packet& packet) {
    for (std::size_t i = 0; i < count; ++i) {
        Question question{TRY(in.take_name()), Type(TRY(in.take_u16()))};
        if (TRY(in.take_u16()) == class_in) packet.questions.push_back(std::move(question));
    }
    return {};
}

void take_flags(Packet& packet, std::uint16_t flags) {
    packet.is_response = flags & flag_response;
    packet.is_truncated = flags & flag_truncated;
    packet.recursion_desired = flags & flag_recursion_desired;
    packet.recursion_available = flags & flag_recursion_available;
    packet.authentic_data = flags & flag_authentic_data;
    packet.rcode = Rcode(flags & rcode_bits);
}

}  // namespace

std::string_view describe(WireError::Code code) {
    switch (code) {
        case Code::Truncated: return "the packet ends too early";
        case Code::BadName: return "a name beyond the limits";
        case Code::CompressionLoop: return "a compression pointer that does not lead back";
        case Code::BadData: return "record data that does not fit its type";
        case Code::TooManyRecords: return "too many records";
        case Code::NotAResponse: return "not a response";
        case Code::WrongQuestion: return "a response to another question";
        case Code::TooManyAliases: return "a chain of too many aliases";
    }
    return "";
}

std::expected<Packet, WireError> decode(std::string_view octets) {
    Reader in(octets);
    Packet packet;
    packet.id = TRY(in.take_u16());
    take_flags(packet, TRY(in.take_u16()));
    const std::size_t questions = TRY(in.take_u16());
    const std::size_t answers = TRY(in.take_u16());
    const std::size_t authority = TRY(in.take_u16());
    const std::size_t additional = TRY(in.take_u16());
    if (questions + answers + authority + additional > most_records) return in.fail(Code::TooManyRecords);
    TRY(take_questions(in, questions, packet));
    packet.answers = TRY(take_section(in, answers, packet));
    packet.authority = TRY(take_section(in, authority, packet));
    (void)TRY(take_section(in, additional, packet));
    return packet;
}

}  // namespace dns
