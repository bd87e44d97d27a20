/// What a coordinator and an end say to each other. Everything in it is public or health: never a sample of signal, never
/// key, and no exact sum of signal samples.
///
/// An order of the coordinator has one answer; `fault` may stand for any answer. The other messages come unasked.
public enum LinkMessage: Sendable, Equatable {
    /// Coordinator: will you run this?
    case propose(LinkProposal)
    /// End: yes, with this nonce.
    case accept(LinkAcceptance)
    /// Coordinator: both ends have accepted, and this is what the other one said.
    case bind(BindOrder)
    /// End: the session that it makes of both nonces.
    case bound(SessionBinding)
    /// Coordinator: a step before the session.
    case prepare(PrepareOrder)
    /// End: done, with what was found.
    case prepared(PrepareResult)
    /// Coordinator: begin to count symbols.
    case start
    /// End, and coordinator to the other end: how the unit began.
    case started(StartResult)
    /// Unasked, several times a second while a session runs: the account so far. The coordinator tells the other end's.
    case counters(CountersStatement)
    /// Unasked, by Bob's end: what training, vacuum and dark slots have summed up to.
    case trainingSums(TrainingStatement)
    /// Unasked: digests of training frames, as Alice streamed them or as Bob's unit had them disclosed. The coordinator
    /// tells Bob's end hers: what she marked must not become key.
    case disclosure(DisclosureStatement)
    /// Unasked, by whoever judged: what the monitors found in a window.
    case windowVerdict(WindowStatement)
    /// Unasked, either end: about the release of a window of raw key. What it says is signed by the end's node; whoever
    /// carries it need not understand it.
    case release(ReleaseStatement)
    /// Coordinator: end the session.
    case stop(StopOrder)
    /// End: the unit has been told.
    case stopping
    /// End: the stream is read to its end.
    case ended(CountersStatement)
    /// Coordinator: light out.
    case goDark
    /// End: whether the unit confirms that it is dark.
    case dark(Bool)
    /// It cannot be done, or it is over.
    case fault(FaultStatement)
    /// Nothing to say, and still here.
    case alive

    /// Its name on the wire.
    public var name: String { kind.rawValue }

    /// Whether it may be said before a version is agreed on. Its form is the same in all versions.
    var isGreeting: Bool {
        switch self {
        case .propose, .accept, .fault, .alive: true
        default: false
        }
    }
}

extension LinkMessage: Codable {
    enum Kind: String, Codable {
        case propose, accept, bind, bound, prepare, prepared, start, started, counters, trainingSums, disclosure
        case windowVerdict, release, stop, stopping, ended, goDark, dark, fault, alive
    }

    private enum Key: String, CodingKey { case kind, body }

    var kind: Kind {
        switch self {
        case .propose: .propose
        case .accept: .accept
        case .bind: .bind
        case .bound: .bound
        case .prepare: .prepare
        case .prepared: .prepared
        case .start: .start
        case .started: .started
        case .counters: .counters
        case .trainingSums: .trainingSums
        case .disclosure: .disclosure
        case .windowVerdict: .windowVerdict
        case .release: .release
        case .stop: .stop
        case .stopping: .stopping
        case .ended: .ended
        case .goDark: .goDark
        case .dark: .dark
        case .fault: .fault
        case .alive: .alive
        }
    }

    /// From `{"kind": …, "body": …}`. A kind that this program does not know is an error.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        func body<Body: Decodable>() throws -> Body { try values.decode(Body.self, forKey: .body) }
        self =
            switch try values.decode(Kind.self, forKey: .kind) {
            case .propose: .propose(try body())
            case .accept: .accept(try body())
            case .bind: .bind(try body())
            case .bound: .bound(try body())
            case .prepare: .prepare(try body())
            case .prepared: .prepared(try body())
            case .start: .start
            case .started: .started(try body())
            case .counters: .counters(try body())
            case .trainingSums: .trainingSums(try body())
            case .disclosure: .disclosure(try body())
            case .windowVerdict: .windowVerdict(try body())
            case .release: .release(try body())
            case .stop: .stop(try body())
            case .stopping: .stopping
            case .ended: .ended(try body())
            case .goDark: .goDark
            case .dark: .dark(try body())
            case .fault: .fault(try body())
            case .alive: .alive
            }
    }

    /// Into `{"kind": …, "body": …}`.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(kind, forKey: .kind)
        switch self {
        case .propose(let body): try values.encode(body, forKey: .body)
        case .accept(let body): try values.encode(body, forKey: .body)
        case .bind(let body): try values.encode(body, forKey: .body)
        case .bound(let body): try values.encode(body, forKey: .body)
        case .prepare(let body): try values.encode(body, forKey: .body)
        case .prepared(let body): try values.encode(body, forKey: .body)
        case .started(let body): try values.encode(body, forKey: .body)
        case .counters(let body): try values.encode(body, forKey: .body)
        case .trainingSums(let body): try values.encode(body, forKey: .body)
        case .disclosure(let body): try values.encode(body, forKey: .body)
        case .windowVerdict(let body): try values.encode(body, forKey: .body)
        case .release(let body): try values.encode(body, forKey: .body)
        case .stop(let body): try values.encode(body, forKey: .body)
        case .ended(let body): try values.encode(body, forKey: .body)
        case .dark(let body): try values.encode(body, forKey: .body)
        case .fault(let body): try values.encode(body, forKey: .body)
        case .start, .stopping, .goDark, .alive: break
        }
    }
}
