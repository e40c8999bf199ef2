#include "dns/wire.h"
#include "dns/wire_format.h"
#include "lang/overloaded.h"
#include "lang/verify.h"

namespace dns {
namespace {

/// Writes a packet, names in full.
class Writer {
public:
    explicit Writer(std::string& out) : out_(out) {}

    void put_u8(std::size_t number) { out_ += static_cast<char>(number & 0xff); }
    void put_u16(std::size_t number) {
        put_u8(number >> 8);
        put_u8(number);
    }
    void put_u32(std::size_t number) {
        put_u16(number >> 16);
        put_u16(number);
    }
    void put(std::string_view octets) { out_ += octets; }
    void put(const Name& name) { out_ += name.wire(); }
    void put_address(const ip::Address& address) {
        for (std::size_t i = 0; i < (address.is_v4() ? 4u : 16u); ++i) put_u8(address.octets[i]);
    }
    void put_string(std::string_view string) {
        VERIFY(string.size() <= 255);
        put_u8(string.size());
        put(string);
    }
    void put_question(const Question& question) {
        put(question.name);
        put_u16(static_cast<std::uint16_t>(question.type));
        put_u16(class_in);
    }
    void put_value(const Value& value) {
        std::visit(Overloaded{
                       [&](const Host& host) { put_address(host.address); },
                       [&](const Alias& alias) { put(alias.target); },
                       [&](const Mx& mx) { put_u16(mx.preference), put(mx.exchange); },
                       [&](const Txt& txt) {
                           for (const auto& string : txt.strings) put_string(string);
                       },
                       [&](const Tlsa& tlsa) {
                           put_u8(tlsa.usage), put_u8(tlsa.selector), put_u8(tlsa.matching_type), put(tlsa.association);
                       },
                       [&](const Opaque& opaque) { put(opaque.octets); },
                   },
                   value);
    }
    void put_record(const Record& record) {
        put(record.name);
        put_u16(static_cast<std::uint16_t>(record.type));
        put_u16(class_in);
        put_u32(record.ttl);
        std::string data;
        Writer(data).put_value(record.value);
        VERIFY(data.size() <= 0xffff);
        put_u16(data.size());
        put(data);
    }

private:
    std::string& out_;
};

std::uint16_t flags_of(const Packet& packet) {
    return static_cast<std::uint16_t>(
        (packet.is_response ? flag_response : 0) | (packet.is_truncated ? flag_truncated : 0) |
        (packet.recursion_desired ? flag_recursion_desired : 0) |
        (packet.recursion_available ? flag_recursion_available : 0) |
        (packet.authentic_data ? flag_authentic_data : 0) | static_cast<std::uint8_t>(packet.rcode));
}

}  // namespace

std::string encode(const Packet& packet) {
    std::string octets;
    Writer out(octets);
    out.put_u16(packet.id);
    out.put_u16(flags_of(packet));
    out.put_u16(packet.questions.size());
    out.put_u16(packet.answers.size());
    out.put_u16(packet.authority.size());
    out.put_u16(0);
    for (const auto& question : packet.questions) out.put_question(question);
    for (const auto& record : packet.answers) out.put_record(record);
    for (const auto& record : packet.authority) out.put_record(record);
    return octets;
}

std::string encode_query(std::uint16_t id, const Question& question, bool wants_dnssec) {
    Packet packet;
    packet.id = id;
    packet.questions.push_back(question);
    std::string octets = encode(packet);
    octets[11] = 1;  // one additional record: OPT
    Writer out(octets);
    out.put(Name());
    out.put_u16(static_cast<std::uint16_t>(type_opt));
    out.put_u16(udp_size);
    out.put_u32(wants_dnssec ? dnssec_ok : 0);
    out.put_u16(0);
    return octets;
}

}  // namespace dns
