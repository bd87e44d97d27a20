/// The links of an agent: they run until they are stopped, and do what operators ask.
public protocol AgentLinks: AgentControl {
    /// Runs until `stop`, or until something fails that nothing works without. The light is out when it returns.
    func run() async throws
    /// Ends sessions in order; `run` returns then.
    func stop() async
}
