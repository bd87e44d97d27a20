internal import UnitTransport

extension ConsumerConfiguration {
    /// Nil if something is missing or wrong, which is a fault then.
    init?(_ section: ConfigurationSection, runtime: String?) {
        let name = section.required("name", .name)
        let link = section.required("link", .name)
        isMetadataOnly = section.optional("metadataOnly", .flag) ?? false
        publicKeyFile = section.optional("publicKey", .path)
        let socket =
            section.optional("socket", .socketPath) ?? name.flatMap { name in runtime.map { "\($0)/\(name).sock" } }
        users = section.values("users", ValueKind<LocalUser>.user, count: 1...100)
        takesCiphertextEarly = section.optional("takesCiphertextEarly", .flag) ?? true
        section.finish()
        if isMetadataOnly, section.has("publicKey") {
            section.fault("publicKey", "a consumer of metadata gets no key")
        } else if !isMetadataOnly, !section.has("publicKey") {
            section.fault("publicKey", "is missing; the file of the consumer's X-Wing public key belongs there")
        }
        guard let name, let link, let socket else { return nil }
        (self.name, self.link, self.socket) = (name, link, socket)
        if socket.utf8.count > 107 {
            section.fault("socket", "has \(socket.utf8.count) bytes; the path of a socket has 107 at most")
        }
    }
}

/// What one part of the file says of another.
struct ConfigurationReferences {
    let units: [AgentConfiguration.Unit]
    let links: [(section: ConfigurationSection, value: LinkConfiguration?)]
    let consumers: [(section: ConfigurationSection, value: ConsumerConfiguration?)]

    func check(_ root: ConfigurationSection) {
        if let twice = Self.twice(units.map(\.name)) { root.fault("units", "two units are named \(twice)") }
        if let twice = Self.twice(units.map(\.selector.description)) {
            root.fault("units", "\(twice) stands there twice")
        }
        checkLinks()
        checkConsumers()
    }

    private func checkLinks() {
        for (index, (section, link)) in links.enumerated() {
            guard let link else { continue }
            let before = links[..<index].compactMap(\.value)
            if before.contains(where: { $0.id == link.id }) { section.fault("id", "another link is named \(link.id)") }
            if let other = before.first(where: { $0.unit == link.unit }) {
                section.fault("unit", "\(link.unit) is an end of \(other.id) already; a unit has one link")
            }
            guard !units.contains(where: { $0.name == link.unit }) else { continue }
            section.fault("unit", Self.unknown(link.unit, "unit", among: units.map(\.name)))
        }
    }

    private func checkConsumers() {
        let names = links.compactMap { $0.value?.id }
        for (index, (section, consumer)) in consumers.enumerated() {
            guard let consumer else { continue }
            let before = consumers[..<index].compactMap(\.value)
            if before.contains(where: { $0.name == consumer.name }) {
                section.fault("name", "another consumer is named \(consumer.name)")
            }
            if let other = before.first(where: { $0.socket == consumer.socket }) {
                section.fault("socket", "\(other.name) has this socket")
            }
            if !consumer.isMetadataOnly,
                let other = before.first(where: { $0.link == consumer.link && !$0.isMetadataOnly })
            {
                section.fault(
                    "link",
                    "\(other.name) gets the raw key of \(consumer.link) already; another may have 'metadataOnly: true'")
            }
            // Of a link that could not be read, the name may be right.
            if !names.contains(consumer.link), names.count == links.count {
                section.fault("link", Self.unknown(consumer.link, "link", among: names))
            }
        }
    }

    private static func unknown(_ name: String, _ what: String, among names: [String]) -> String {
        let near = NearestWord.of(name, among: names).map { ". Did you mean \($0)?" }
        return "there is no \(what) \(name)" + (near ?? "; those that there are: \(names.joined(separator: ", "))")
    }

    private static func twice(_ names: [String]) -> String? {
        names.enumerated().first { names[..<$0.offset].contains($0.element) }?.element
    }
}
