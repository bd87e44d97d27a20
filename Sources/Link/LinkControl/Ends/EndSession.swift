public import UnitProtocol

/// A session at one end, once it has begun: what whoever makes raw key of its stream has to know.
public struct EndSession: Sendable {
    /// Which end.
    public var role: UnitRole
    /// Name of the link.
    public var link: String
    /// What is run.
    public var plan: LinkPlan
    /// What both ends are to do with raw key.
    public var terms: WireBytes?
    /// What both ends agreed on.
    public var binding: SessionBinding
    /// What this end said of itself.
    public var own: LinkAcceptance
    /// What the other end said of itself.
    public var peer: LinkAcceptance
    /// How this end's unit began.
    public var started: StreamStarted
    /// All that this end's unit states of itself.
    public var capabilities: Capabilities
}
