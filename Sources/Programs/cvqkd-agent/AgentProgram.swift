@main
struct AgentProgram {
    static func main() { print("x") }
}
