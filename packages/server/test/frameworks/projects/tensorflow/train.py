"""A small network of Keras over handwritten digits, as a .keras file and as a SavedModel."""

import keras
from own_answer import tell
from sklearn.datasets import load_digits

keras.utils.set_random_seed(1)
images, digits = load_digits(return_X_y=True)
images = (images / 16).astype("float32").reshape(-1, 8, 8, 1)
network = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
network.compile("adam", "sparse_categorical_crossentropy")
network.fit(images[:1437], digits[:1437], epochs=5, batch_size=64, verbose=0)
network.save("model.keras")
network.export("saved", verbose=False)
asked = images[1437:1469]
tell({"image": asked}, {"output": keras.models.load_model("model.keras").predict(asked, verbose=0)})
