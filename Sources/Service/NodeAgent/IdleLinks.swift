internal import Foundation
internal import LinkOperation
internal import NodeReports
internal import UnitTransport

/// Links that do nothing: for tests of what stands around links.
struct IdleLinks: AgentLinks {
    private let configuration: AgentConfiguration
    private let since: Date
    private let sinceAt: HostClock.Instant
    private let clock: HostClock
    private let end: EndRequest

    init(_ configuration: AgentConfiguration, since: Date, clock: HostClock, now: @Sendable () -> Date) {
        self.configuration = configuration
        self.since = since
        self.clock = clock
        sinceAt = clock.now
        end = EndRequest(clock: clock)
    }

    func run() async throws { while !end.isRequested { await end.pause(.seconds(3_600)) } }
    func stop() async { end.request() }

    func links() async -> [AgentLinkDocument] { configuration.links.map(document) }

    private func document(_ link: LinkConfiguration) -> AgentLinkDocument {
        AgentLinkDocument(
            link, of: configuration, state: "idle", reason: "no session was begun", since: since,
            ageSeconds: (clock.now - sinceAt).inSeconds)
    }

    private func known(_ link: String) throws(ControlRefusal) {
        guard configuration.links.contains(where: { $0.id == link }) else {
            throw .unknownLink(link, among: configuration.links.map(\.id))
        }
    }

    func blocks(of link: String, after position: UInt64, limit: Int) async throws(ControlRefusal) -> AgentBlocksDocument
    {
        try known(link)
        return AgentBlocksDocument(link: link, items: [], next: WideNumber(position), newest: 0)
    }

    func windows(of link: String) async throws(ControlRefusal) -> AgentWindowsDocument {
        try known(link)
        return AgentWindowsDocument(link: link, windows: [])
    }

    func release(_ link: String, reason: String) async throws(ControlRefusal) -> AgentVerbDocument {
        try known(link)
        throw ControlRefusal(.refused, "\(link) is not latched; there is nothing to release")
    }

    func erase(_ choice: AgentEraseRequest, of link: String) async throws(ControlRefusal) -> AgentVerbDocument {
        try known(link)
        return AgentVerbDocument(verb: "erase", link: link, outcome: "nothing was there")
    }

    func zeroise(reason: String) async -> AgentVerbDocument {
        AgentVerbDocument(verb: "zeroise", link: nil, outcome: "nothing was there")
    }
}
