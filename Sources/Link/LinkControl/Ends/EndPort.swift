public import LinkMonitors
public import UnitProtocol

/// An end as its coordinator sees it, wherever it is: `LinkEnd` is here, `RemoteEnd` behind a channel. Arguments and
/// results are the messages that cross when it is not here.
public protocol EndPort: Sendable {
    /// Alice or Bob.
    var role: UnitRole { get }
    /// Asks for consent. Throws `.refused` and what the end says.
    func propose(_ proposal: LinkProposal) async throws(LinkError) -> LinkAcceptance
    /// Tells it what both ends said. It makes the session of that by itself.
    func bind(_ order: BindOrder) async throws(LinkError) -> SessionBinding
    /// A step before the session.
    func prepare(_ order: PrepareOrder) async throws(LinkError) -> PrepareResult
    /// Begins to count symbols and to read.
    func start() async throws(LinkError) -> StartResult
    /// Tells it how the other end began.
    func peerStarted(_ result: StartResult) async
    /// Why there is no going on with it; nil while there is, and always for an end that is here.
    func lost() async -> PeerFault?
    /// Its account, as far as it is known here. Waits for nothing.
    func account() async -> CountersStatement
    /// Bob's sums, as far as they are known here; nil of Alice.
    func sums() async -> TrainingStatement?
    /// Training frames since the last call.
    func disclosures() async -> DisclosureStatement
    /// Tells it which runs the other unit marked as training: they are public and must not become key.
    func mark(_ runs: DisclosureStatement) async
    /// What this end's own monitors find in what came since the last call. An end that is not here has limits of its own.
    func ownFindings(_ limits: MonitorLimits) async -> [RuleStatement]
    /// Tells it what the monitors found.
    func tell(_ verdict: WindowStatement) async
    /// Tells it a step of the release of a window.
    func tell(_ step: ReleaseStatement) async
    /// Asks the unit to end the session; returns when it has been asked.
    func stop(_ order: StopOrder) async throws(LinkError)
    /// Reads what is left, closes the account and gives it. Throws what ended the reading before its time.
    func finish() async throws(LinkError) -> CountersStatement
    /// Light out, by command. False if the unit does not confirm it: it goes dark by its time-out then.
    func goDark() async -> Bool
}
