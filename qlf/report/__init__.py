"""A page for each application and one over all: state, controls, diagrams, sizes, what was remade, why."""
