internal import CalibrationRecords
public import ForeignFiles
internal import UnitTransport

extension AgentConfiguration {
    /// The file of an agent: a few hundred lines for a large node.
    public static let fileKind = ForeignFileKind("an agent's configuration", mostBytes: 256 << 10)

    /// Reads a file.
    ///
    /// - Throws: everything that is wrong in it. Files that it names are not opened.
    public static func read(_ file: String) throws(ConfigurationRefusal) -> AgentConfiguration {
        let bytes: [UInt8]
        do throws(ForeignFileRefusal) { bytes = try ForeignFile.bytes(of: file, fileKind) } catch {
            throw .unreadable(error)
        }
        return try read(bytes, file: file)
    }

    /// Reads the text of a file.
    public static func read(_ bytes: [UInt8], file: String) throws(ConfigurationRefusal) -> AgentConfiguration {
        let list = FaultList(file: file)
        let configuration = YAMLText.root(bytes, list).flatMap { ConfigurationSection($0, path: "", list) }
            .flatMap { AgentConfiguration($0, list) }
        guard let configuration, list.faults.isEmpty else {
            throw .faults(list.faults.sorted { ($0.line, $0.column) < ($1.line, $1.column) })
        }
        return configuration
    }

    /// Nil if something is missing; what is wrong is in the list.
    private init?(_ root: ConfigurationSection, _ list: FaultList) {
        let node = root.required("node", .name)
        let state = root.required("state", .path)
        let runtime = root.required("runtime", .path)
        let log = root.optional("log", .word(LogLevel.self)) ?? .info
        let signingKey = root.required("signingKey", .path)
        let operators = root.values("operators", .user, count: 0...100)
        let units = root.sections("units", isRequired: true).compactMap(Unit.init)
        let records = root.section("records").flatMap(Records.init)
        let spool = root.optionalSection("spool").map(SpoolConfiguration.init) ?? .usual
        let linkSections = root.sections("links", isRequired: true)
        let links = linkSections.map { ($0, LinkConfiguration($0)) }
        let consumerSections = root.sections("consumers", isRequired: false)
        let consumers = consumerSections.map { ($0, ConsumerConfiguration($0, runtime: runtime)) }
        root.finish()
        if let runtime, "\(runtime)/control.sock".utf8.count > 107 {
            root.fault("runtime", "is too long: the path of a socket in it has 107 bytes at most")
        }
        let found = (links.compactMap(\.1), consumers.compactMap(\.1))
        ConfigurationReferences(units: units, links: links, consumers: consumers).check(root)
        guard let node, let state, let runtime, let signingKey, let records else { return nil }
        self.node = node
        stateFolder = state
        runtimeFolder = runtime
        logLevel = log
        signingKeyFile = signingKey
        self.operators = operators
        self.units = units
        self.records = records
        self.spool = spool
        (self.links, self.consumers) = found
    }
}

extension AgentConfiguration.Unit {
    fileprivate init?(_ section: ConfigurationSection) {
        let name = section.required("name", .name)
        let selector = section.required("selector", ValueKind<UnitSelector>.selector)
        section.finish()
        guard let name, let selector else { return nil }
        self.init(name: name, selector: selector)
    }
}

extension AgentConfiguration.Records {
    fileprivate init?(_ section: ConfigurationSection) {
        let store = section.required("store", .path)
        let stations = section.optional("stations", .path)
        section.finish()
        guard let store else { return nil }
        self.init(store: StateFolder(store), stations: stations)
    }
}

extension SpoolConfiguration {
    fileprivate init(_ section: ConfigurationSection) {
        self = .usual
        policy = section.optional("policy", .word(Policy.self)) ?? policy
        bytes = section.optional("bytes", .bytes((16 << 20)...(16 << 40))) ?? bytes
        highWater = section.optional("highWater", .number(0.1...0.95)) ?? highWater
        rootSecretFile = section.optional("rootSecret", .path)
        section.finish()
        switch (policy, section.has("rootSecret")) {
        case (.durable, false):
            section.fault("policy", "durable needs rootSecret, the file under which keys are wrapped")
        case (.memory, true): section.fault("rootSecret", "belongs to the policy durable only")
        default: break
        }
    }
}
