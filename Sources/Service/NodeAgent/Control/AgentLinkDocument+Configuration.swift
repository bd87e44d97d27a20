public import Foundation
public import NodeReports
internal import QuadratureAnalysis
internal import RawKey
internal import UnitTransport

extension AgentLinkDocument {
    /// A link of the configuration in some state, with an empty spool.
    public init(
        _ link: LinkConfiguration, of configuration: AgentConfiguration, state: String, reason: String, since: Date,
        ageSeconds: Double, session: String? = nil
    ) {
        self.init(
            id: link.id, end: link.end.rawValue,
            unit: configuration.unit(of: link)?.selector.description ?? link.unit,
            peer: link.peer.address.description, purpose: link.purpose.word, isTest: link.isTest, state: state,
            reason: reason, since: since, ageSeconds: ageSeconds, session: session,
            attempts: Attempts(used: 0, allowed: link.attempts.selfResumptions),
            spool: Spool(
                policy: configuration.spool.policy.rawValue, blocks: 0, bytes: 0,
                quotaBytes: WideNumber(configuration.spool.bytes), isFull: false, newest: 0),
            consumers: configuration.consumers(of: link).map {
                Consumer(name: $0.name, socket: $0.socket, isMetadataOnly: $0.isMetadataOnly)
            })
    }
}

extension AgentLinkDocument.WindowPlan {
    /// A plan.
    init(_ plan: WindowPlan) {
        self.init(
            vacuumSamples: WideNumber(plan.vacuumSamples), symbols: WideNumber(plan.symbols),
            blocks: WideNumber(plan.cells), seconds: plan.seconds, bytes: WideNumber(plan.bytes),
            nullKeyNoise: plan.nullKeyNoise.value, isFiniteSize: plan.link.block != nil,
            hiddenExcessNoise: plan.hiddenExcessNoise.value, unseenShare: plan.unseenShare,
            transmittance: plan.link.transmittance.value)
    }
}

extension ControlRefusal {
    /// There is no such link.
    public static func unknownLink(_ link: String, among links: [String]) -> ControlRefusal {
        let near = NearestWord.of(link, among: links).map { "Did you mean \($0)?" }
        return ControlRefusal(
            .notFound, "there is no link '\(link.prefix(64))'. \(near ?? "Links: \(links.joined(separator: ", "))")")
    }
}
